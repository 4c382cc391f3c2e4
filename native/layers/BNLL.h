// y = log(1 + exp(x)); dx = dy / (1 + exp(-x)). Source: Caffe bnll_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct BNLLMath {
  bool reads_top = false;

  explicit BNLLMath(const Attributes&) {}

  SIAMESE_HD float operator()(float x) const { return (x > 0 ? x : 0) + std::log(1 + std::exp(-std::fabs(x))); }
  SIAMESE_HD float gradient(float x, float dy) const { return dy * (0.5f * std::tanh(0.5f * x) + 0.5f); }
};

template <class On>
using BNLL = Elementwise<On, BNLLMath>;

}  // namespace siamese
