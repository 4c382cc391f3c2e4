// Loading the CUDA plugin, and cudaInfo(file): what it finds on this machine.
#include "cuda_plugin.h"

#include <dlfcn.h>

#include <mutex>

#include "addon.h"
#include "errors.h"

namespace siamese {

CudaPlugin& load_cuda_plugin(const std::string& file) {
  static std::mutex mutex;
  static CudaPlugin* plugin = nullptr;
  static std::string loaded;
  std::lock_guard<std::mutex> lock(mutex);
  if (plugin != nullptr && loaded == file) return *plugin;
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw DeviceError(std::string("the CUDA plugin does not load: ") + dlerror());
  const auto get = reinterpret_cast<GetCudaPlugin>(dlsym(library, kGetCudaPlugin));
  if (get == nullptr) throw DeviceError(file + " is no CUDA plugin");
  CudaPlugin* const found = get(kCudaPluginAbi, SIAMESE_VERSION);
  if (found == nullptr) throw DeviceError(file + " was built with another version of siamese than this one");
  loaded = file;
  return *(plugin = found);
}

namespace {

Napi::Value cuda_info(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const CudaFacts facts = translated(env, [&] { return load_cuda_plugin(info[0].ToString()).facts(); });
  auto result = Napi::Object::New(env);
  auto gpus = Napi::Array::New(env, facts.gpus.size());
  for (uint32_t i = 0; i < facts.gpus.size(); ++i) {
    const GpuFacts& gpu = facts.gpus[i];
    auto one = Napi::Object::New(env);
    one["id"] = Napi::Number::New(env, gpu.id);
    one["name"] = Napi::String::New(env, gpu.name);
    one["capability"] = Napi::String::New(env, std::to_string(gpu.major) + "." + std::to_string(gpu.minor));
    one["memory"] = Napi::Number::New(env, static_cast<double>(gpu.memory));
    one["multiprocessors"] = Napi::Number::New(env, gpu.multiprocessors);
    gpus.Set(i, one);
  }
  result["gpus"] = gpus;
  result["driver"] = Napi::Number::New(env, facts.driver);
  result["runtime"] = Napi::Number::New(env, facts.runtime);
  result["cudnn"] = Napi::String::New(env, facts.cudnn);
  result["cublas"] = Napi::String::New(env, facts.cublas);
  result["architectures"] = Napi::String::New(env, facts.architectures);
  if (!facts.reason.empty()) result["reason"] = Napi::String::New(env, facts.reason);
  return result;
}

}  // namespace

void init_cuda(Napi::Env env, Napi::Object exports) { exports["cudaInfo"] = Napi::Function::New(env, cuda_info); }

}  // namespace siamese
