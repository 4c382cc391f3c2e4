// AdaDelta: G = m * G + (1 - m) * g^2, u = g * sqrt((U + delta) / (G + delta)), U = m * U + (1 - m) * u^2, w -= rate * u.
// Source: Caffe adadelta_solver.cpp.
#pragma once
#include <cmath>

#include "solver.h"

namespace siamese {

struct AdaDelta {
  static constexpr int kSlots = 2;  // G, U
  float momentum, delta;

  SIAMESE_HD explicit AdaDelta(const SolverStep& step) : momentum(step.momentum), delta(step.delta) {}

  SIAMESE_HD float operator()(float g, float rate, float& gradients, float& updates) const {
    gradients = (1 - momentum) * (g * g) + momentum * gradients;
    const float update = g * std::sqrt((updates + delta) / (gradients + delta));
    updates = (1 - momentum) * (update * update) + momentum * updates;
    return rate * update;
  }
};

}  // namespace siamese
