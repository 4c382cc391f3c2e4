// y = |x|; dx = dy * sign(x), 0 at x = 0. Source: Caffe absval_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct AbsValMath {
  bool reads_top = false;

  explicit AbsValMath(const Attributes&) {}

  SIAMESE_HD float operator()(float x) const { return std::fabs(x); }
  SIAMESE_HD float gradient(float x, float dy) const { return x > 0 ? dy : x < 0 ? -dy : 0; }
};

template <class On>
using AbsVal = Elementwise<On, AbsValMath>;

}  // namespace siamese
