// y = x * s, s = 1 / (1 + exp(-beta * x)); dx = dy * (beta * y + s * (1 - beta * y)). Source: Caffe swish_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct SwishMath {
  bool reads_top = false;
  float beta;

  explicit SwishMath(const Attributes& a) : beta(real(a, "beta")) {}

  SIAMESE_HD float sigmoid(float x) const { return 0.5f * std::tanh(0.5f * beta * x) + 0.5f; }
  SIAMESE_HD float operator()(float x) const { return x * sigmoid(x); }
  SIAMESE_HD float gradient(float x, float dy) const {
    const float s = sigmoid(x), y = x * s;
    return dy * (beta * y + s * (1 - beta * y));
  }
};

template <class On>
using Swish = Elementwise<On, SwishMath>;

}  // namespace siamese
