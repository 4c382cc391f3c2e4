// AdaGrad: h += g^2, w -= rate * g / (sqrt(h) + delta). Source: Caffe adagrad_solver.cpp.
#pragma once
#include <cmath>

#include "solver.h"

namespace siamese {

struct AdaGrad {
  static constexpr int kSlots = 1;  // h
  float delta;

  SIAMESE_HD explicit AdaGrad(const SolverStep& step) : delta(step.delta) {}

  SIAMESE_HD float operator()(float g, float rate, float& h, float&) const {
    h += g * g;
    return rate * (g / (std::sqrt(h) + delta));
  }
};

}  // namespace siamese
