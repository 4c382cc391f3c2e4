// Nesterov's accelerated gradient: v' = rate * g + momentum * v, w -= (1 + momentum) * v' - momentum * v.
// Source: Caffe nesterov_solver.cpp.
#pragma once
#include "solver.h"

namespace siamese {

struct Nesterov {
  static constexpr int kSlots = 1;  // v
  float momentum;

  SIAMESE_HD explicit Nesterov(const SolverStep& step) : momentum(step.momentum) {}

  SIAMESE_HD float operator()(float g, float rate, float& v, float&) const {
    const float before = v;
    v = rate * g + momentum * v;
    return (1 + momentum) * v - momentum * before;
  }
};

}  // namespace siamese
