// What libsiamese_cuda.so offers to the addon, which loads it when a GPU is asked for. Both are built together, by one
// compiler; the version in the call is what makes sure of that.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../engine/engine.h"
#include "../engine/plan_version.h"

namespace siamese {

struct GpuFacts {
  int id = 0;
  std::string name;
  int major = 0, minor = 0;  // compute capability
  size_t memory = 0, free = 0;
  int multiprocessors = 0;
};

struct CudaFacts {
  std::vector<GpuFacts> gpus;
  int driver = 0, runtime = 0;  // CUDA versions as 1000 * major + 10 * minor; driver 0: none
  std::string cudnn, cublas;    // versions
  std::string reason;           // why there is no GPU, where there is none
  std::string architectures;    // that the kernels were compiled for
};

class CudaPlugin {
 public:
  virtual ~CudaPlugin() = default;
  // Never throws for want of a GPU or a driver: says so in `reason`.
  virtual CudaFacts facts() = 0;
  // Throws DeviceError, and what every engine throws.
  virtual std::unique_ptr<Engine> make_engine(Plan plan, const EngineOptions& options) = 0;
};

// Changes whenever the interface above, Engine, EngineOptions or the Plan do.
constexpr int kCudaPluginAbi = 1000 * kPlanVersion + 1;

// The one symbol of the library: null where `abi` or `version` (the package's) is another.
using GetCudaPlugin = CudaPlugin* (*)(int abi, const char* version);
constexpr const char* kGetCudaPlugin = "siamese_cuda_plugin";

}  // namespace siamese
