// Stochastic gradient descent with momentum: v = rate * g + momentum * v, w -= v. Source: Caffe sgd_solver.cpp.
#pragma once
#include "solver.h"

namespace siamese {

struct SGD {
  static constexpr int kSlots = 1;  // v
  float momentum;

  SIAMESE_HD explicit SGD(const SolverStep& step) : momentum(step.momentum) {}

  SIAMESE_HD float operator()(float g, float rate, float& v, float&) const { return v = rate * g + momentum * v; }
};

}  // namespace siamese
