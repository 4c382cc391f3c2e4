// The addon's table of contents: one line per part.
#include "addon.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  siamese::init_engine(env, exports);
  siamese::init_random(env, exports);
  siamese::init_match(env, exports);
  siamese::init_info(env, exports);
  siamese::init_cuda(env, exports);
  siamese::init_lock(env, exports);
  siamese::init_inflate(env, exports);
  siamese::init_read_file(env, exports);
  siamese::register_lmdb(env, exports);
  return exports;
}

NODE_API_MODULE(siamese, init)
