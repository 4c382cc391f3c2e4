// y = tanh(x); dx = dy * (1 - y^2). Source: Caffe tanh_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct TanHMath {
  bool reads_top = true;

  explicit TanHMath(const Attributes&) {}

  SIAMESE_HD float operator()(float x) const { return std::tanh(x); }
  SIAMESE_HD float gradient(float y, float dy) const { return dy * (1 - y * y); }
};

template <class On>
using TanH = Elementwise<On, TanHMath>;

}  // namespace siamese
