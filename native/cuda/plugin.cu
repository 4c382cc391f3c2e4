// The plugin: facts about GPUs, and engines on them.
#include "plugin.h"

#include <cstring>
#include <stdexcept>

#include "engine.h"

namespace siamese {

namespace {

std::string dotted(size_t version, size_t major, size_t minor) {
  return std::to_string(version / major) + "." + std::to_string(version % major / minor) + "." +
         std::to_string(version % minor);
}

class Plugin final : public CudaPlugin {
 public:
  CudaFacts facts() override {
    CudaFacts facts;
    facts.architectures = SIAMESE_CUDA_ARCHITECTURES;
    facts.cudnn = dotted(cudnnGetVersion(), 10000, 100);
    facts.cublas = dotted(cublas_version(), 10000, 100);
    cudaRuntimeGetVersion(&facts.runtime);
    cudaDriverGetVersion(&facts.driver);
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess) {
      cudaGetLastError();
      facts.reason = reason(status, facts);
      return facts;
    }
    for (int id = 0; id < count; ++id) facts.gpus.push_back(describe(id));
    if (count == 0) facts.reason = "the driver lists no GPU";
    return facts;
  }

  std::unique_ptr<Engine> make_engine(Plan plan, const EngineOptions& options) override {
    const CudaFacts found = facts();
    if (!found.reason.empty()) throw DeviceError(found.reason);
    for (const PlanTensor& tensor : plan.tensors) {
      if (!in_caffe_order(tensor)) throw std::invalid_argument("plan: it was compiled for the CPU");
    }
    return std::make_unique<CudaEngine>(std::move(plan), options);
  }

 private:
  static bool in_caffe_order(const PlanTensor& tensor) {
    int64_t rows = 1, cols = 1;
    for (size_t axis = 0; axis < tensor.shape.size(); ++axis) {
      (static_cast<int64_t>(axis) < tensor.split ? cols : rows) *= tensor.shape[axis];
    }
    if (rows <= 1) return tensor.step == 1;
    return tensor.pitch == 1 && (cols <= 1 || tensor.step == rows);
  }

  static std::string reason(cudaError_t status, const CudaFacts& facts) {
    if (status == cudaErrorInsufficientDriver && facts.driver == 0) return "there is no NVIDIA driver";
    if (status == cudaErrorInsufficientDriver) {
      return "the NVIDIA driver is for CUDA " + std::to_string(facts.driver / 1000) + "." +
             std::to_string(facts.driver % 1000 / 10) + ", older than this build's CUDA " +
             std::to_string(facts.runtime / 1000) + "." + std::to_string(facts.runtime % 1000 / 10);
    }
    if (status == cudaErrorNoDevice) return "the NVIDIA driver finds no GPU";
    return std::string("CUDA does not start: ") + cudaGetErrorString(status);
  }

  static size_t cublas_version() {
    size_t version = 0;
    for (libraryPropertyType part : {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL}) {
      int value = 0;
      cublasGetProperty(part, &value);
      version = version * 100 + static_cast<size_t>(value);
    }
    return version;
  }

  static GpuFacts describe(int id) {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, id), "asking what a GPU is");
    GpuFacts gpu;
    gpu.id = id;
    gpu.name = properties.name;
    gpu.major = properties.major;
    gpu.minor = properties.minor;
    gpu.memory = properties.totalGlobalMem;
    gpu.multiprocessors = properties.multiProcessorCount;
    return gpu;
  }
};

}  // namespace

}  // namespace siamese

extern "C" __attribute__((visibility("default"))) siamese::CudaPlugin* siamese_cuda_plugin(int abi, const char* version) {
  static siamese::Plugin plugin;
  const bool same = abi == siamese::kCudaPluginAbi && std::strcmp(version, SIAMESE_VERSION) == 0;
  return same ? &plugin : nullptr;
}
