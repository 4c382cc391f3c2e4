// y = 1 / (1 + exp(-x)); dx = dy * y * (1 - y). Source: Caffe sigmoid_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct SigmoidMath {
  bool reads_top = true;

  explicit SigmoidMath(const Attributes&) {}

  SIAMESE_HD float operator()(float x) const { return 0.5f * std::tanh(0.5f * x) + 0.5f; }
  SIAMESE_HD float gradient(float y, float dy) const { return dy * y * (1 - y); }
};

template <class On>
using Sigmoid = Elementwise<On, SigmoidMath>;

}  // namespace siamese
