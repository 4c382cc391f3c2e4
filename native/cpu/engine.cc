// The engine on the CPU, and how many threads it gets.
#include <algorithm>

#include "../engine/engine_on.h"
#include "cores.h"
#include "on_cpu.h"

namespace siamese {

namespace {
constexpr int kMostThreads = 256;  // more is a slip of the keyboard
}

std::unique_ptr<Engine> make_cpu_engine(Plan plan, const EngineOptions& options) {
  const int threads = options.threads > 0 ? std::min(options.threads, kMostThreads) : usable_cores();
  return std::make_unique<EngineOn<OnCpu>>(std::move(plan), OnCpu(threads), options.seed);
}

}  // namespace siamese
