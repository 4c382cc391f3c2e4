// RMSProp: h = decay * h + (1 - decay) * g^2, w -= rate * g / (sqrt(h) + delta). Source: Caffe rmsprop_solver.cpp.
#pragma once
#include <cmath>

#include "solver.h"

namespace siamese {

struct RMSProp {
  static constexpr int kSlots = 1;  // h
  float decay, delta;

  SIAMESE_HD explicit RMSProp(const SolverStep& step) : decay(step.rms_decay), delta(step.delta) {}

  SIAMESE_HD float operator()(float g, float rate, float& h, float&) const {
    h = (1 - decay) * (g * g) + decay * h;
    return rate * (g / (std::sqrt(h) + delta));
  }
};

}  // namespace siamese
