// inflate(): a small zlib stream of a known size, for images.
#include "data/inflate.h"

#include <stdexcept>

#include "addon.h"

namespace siamese {

void init_inflate(Napi::Env env, Napi::Object exports) {
  exports["inflate"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    const auto stream = typed_array<Napi::Uint8Array>(info[0], napi_uint8_array, "stream");
    auto out = typed_array<Napi::Uint8Array>(info[1], napi_uint8_array, "out");
    try {
      inflate(stream.Data(), stream.ElementLength(), out.Data(), out.ElementLength());
    } catch (const std::runtime_error& error) {
      throw Napi::Error::New(info.Env(), error.what());
    }
  });
}

}  // namespace siamese
