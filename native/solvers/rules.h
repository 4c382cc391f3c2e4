// The table of update rules by Caffe's names.
#pragma once
#include <stdexcept>
#include <string>

#include "AdaDelta.h"
#include "AdaGrad.h"
#include "Adam.h"
#include "AdamW.h"
#include "Nesterov.h"
#include "RMSProp.h"
#include "SGD.h"

namespace siamese {

// Calls then(rule) with the rule of that name, made for one step.
template <class Then>
auto with_rule(const PlanSolver& solver, int64_t iteration, Then then) {
  const SolverStep step(solver, iteration);
  if (solver.type == "SGD") return then(SGD(step));
  if (solver.type == "Nesterov") return then(Nesterov(step));
  if (solver.type == "AdaGrad") return then(AdaGrad(step));
  if (solver.type == "RMSProp") return then(RMSProp(step));
  if (solver.type == "AdaDelta") return then(AdaDelta(step));
  if (solver.type == "Adam") return then(Adam(step));
  if (solver.type == "AdamW") return then(AdamW(step));
  throw std::invalid_argument("plan: unknown solver type " + solver.type);
}

inline int history_slots(const PlanSolver& solver) {
  return with_rule(solver, 0, [](auto rule) { return decltype(rule)::kSlots; });
}

}  // namespace siamese
