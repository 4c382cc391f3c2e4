// tryLock(): an advisory lock on an open file, which the system lets go of when its process ends, however it ends.
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include "addon.h"

namespace siamese {

void init_lock(Napi::Env env, Napi::Object exports) {
  exports["tryLock"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    const int descriptor = info[0].ToNumber().Int32Value();
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return Napi::Boolean::New(info.Env(), true);
    if (errno == EWOULDBLOCK || errno == EINTR) return Napi::Boolean::New(info.Env(), false);
    throw Napi::Error::New(info.Env(), std::strerror(errno));
  });
}

}  // namespace siamese
