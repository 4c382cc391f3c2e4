// Adam: m and v are running means of g and g^2, w -= rate * c * m / (sqrt(v) + delta) with
// c = sqrt(1 - momentum2^t) / (1 - momentum^t), t = iteration + 1. Source: Caffe adam_solver.cpp.
#pragma once
#include <cmath>

#include "solver.h"

namespace siamese {

struct Adam {
  static constexpr int kSlots = 2;  // m, v
  float momentum, momentum2, delta, correction;

  SIAMESE_HD explicit Adam(const SolverStep& step)
      : momentum(step.momentum), momentum2(step.momentum2), delta(step.delta) {
    const float t = static_cast<float>(step.iteration + 1);
    correction = std::sqrt(1 - std::pow(momentum2, t)) / (1 - std::pow(momentum, t));
  }

  SIAMESE_HD float operator()(float g, float rate, float& m, float& v) const {
    m = (1 - momentum) * g + momentum * m;
    v = (1 - momentum2) * (g * g) + momentum2 * v;
    return rate * correction * (m / (std::sqrt(v) + delta));
  }
};

}  // namespace siamese
