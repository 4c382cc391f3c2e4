// readFile(): a part of an open file, in memory of its own on huge pages.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include "addon.h"
#include "engine/zeroed_memory.h"

namespace siamese {

namespace {

std::unique_ptr<void, FreeZeroed> allocate(const Napi::Env& env, size_t length) {
  try {
    return std::unique_ptr<void, FreeZeroed>(allocate_zeroed(length));
  } catch (const std::bad_alloc&) {
    throw Napi::RangeError::New(env, "there is no memory for " + std::to_string(length) + " bytes");
  }
}

// Bytes read: fewer than `length` where the file ends before.
size_t read_fully(const Napi::Env& env, int descriptor, uint8_t* to, size_t length, int64_t from) {
  size_t done = 0;
  while (done < length) {
    const ssize_t read = ::pread(descriptor, to + done, length - done, from + static_cast<int64_t>(done));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) throw Napi::Error::New(env, std::strerror(errno));
    if (read == 0) break;
    done += static_cast<size_t>(read);
  }
  return done;
}

}  // namespace

void init_read_file(Napi::Env env, Napi::Object exports) {
  exports["readFile"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) -> Napi::Value {
    const int descriptor = info[0].ToNumber().Int32Value();
    const int64_t from = info[1].ToNumber().Int64Value(), length = info[2].ToNumber().Int64Value();
    if (from < 0 || length < 0) throw Napi::RangeError::New(info.Env(), "readFile: a negative position or length");
    auto memory = allocate(info.Env(), static_cast<size_t>(length));
    const size_t read =
        read_fully(info.Env(), descriptor, static_cast<uint8_t*>(memory.get()), static_cast<size_t>(length), from);
    const auto buffer = Napi::ArrayBuffer::New(info.Env(), memory.get(), static_cast<size_t>(length),
                                               [](Napi::Env, void* block) { free_zeroed(block); });
    memory.release();
    return Napi::Uint8Array::New(info.Env(), read, buffer, 0);
  });
}

}  // namespace siamese
