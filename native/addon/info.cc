// planVersion, cpuInfo() and buildInfo(): facts for `siamese device` and for bug reports.
#include "addon.h"
#include "cpu/cores.h"
#include "engine/plan_version.h"

namespace siamese {

void init_info(Napi::Env env, Napi::Object exports) {
  exports["planVersion"] = Napi::Number::New(env, kPlanVersion);
  exports["cpuInfo"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    auto result = Napi::Object::New(info.Env());
    result["model"] = Napi::String::New(info.Env(), cpu_model());
    result["cores"] = Napi::Number::New(info.Env(), usable_cores());
    result["vector"] = Napi::String::New(info.Env(), vector_set());
    return result;
  });
  exports["buildInfo"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    auto result = Napi::Object::New(info.Env());
#ifdef __clang__
    result["compiler"] = Napi::String::New(info.Env(), "clang " __clang_version__);
#else
    result["compiler"] = Napi::String::New(info.Env(), "gcc " __VERSION__);
#endif
    result["version"] = Napi::String::New(info.Env(), SIAMESE_VERSION);
    return result;
  });
}

}  // namespace siamese
