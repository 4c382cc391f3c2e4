// The engine on the CPU, and how many threads it gets.
#include "../engine/engine_on.h"
#include "cores.h"
#include "on_cpu.h"

namespace siamese {

std::unique_ptr<Engine> make_cpu_engine(Plan plan, const EngineOptions& options) {
  const int threads = options.threads > 0 ? options.threads : usable_cores();
  return std::make_unique<EngineOn<OnCpu>>(std::move(plan), OnCpu(threads), options.seed);
}

}  // namespace siamese
