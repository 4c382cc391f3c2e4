// What an update rule is made from. A rule is a value, made once per iteration, with the number of history slots it
// keeps and an operator: from gradient, rate and history to the value that is subtracted from the weight.
#pragma once
#include <cstdint>

#include "../engine/host_device.h"
#include "../engine/plan.h"

namespace siamese {

struct SolverStep {
  float momentum, momentum2, rms_decay, delta;
  int64_t iteration;

  SolverStep(const PlanSolver& solver, int64_t at)
      : momentum(static_cast<float>(solver.momentum)),
        momentum2(static_cast<float>(solver.momentum2)),
        rms_decay(static_cast<float>(solver.rms_decay)),
        delta(static_cast<float>(solver.delta)),
        iteration(at) {}
};

}  // namespace siamese
