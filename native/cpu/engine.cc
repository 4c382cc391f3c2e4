// The engine on the CPU, and how many threads it gets.
#include <algorithm>
#include <stdexcept>

#include "../engine/run_loop.h"
#include "cores.h"
#include "on_cpu.h"

namespace siamese {

namespace {
constexpr int kMostThreads = 256;  // more is a slip of the keyboard
}

std::unique_ptr<Engine> make_cpu_engine(Plan plan, const EngineOptions& options) {
  for (const PlanTensor& tensor : plan.tensors) {
    if (tensor.step != 1) throw std::invalid_argument("plan: it was compiled for a GPU");
  }
  const int threads = options.threads > 0 ? std::min(options.threads, kMostThreads) : usable_cores();
  return std::make_unique<RunLoop<OnCpu>>(std::move(plan), OnCpu(threads), options.seed);
}

}  // namespace siamese
