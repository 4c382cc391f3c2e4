// y = base ^ (shift + scale * x); dx = dy * y * scale * ln(base). Source: Caffe exp_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct ExpMath {
  bool reads_top = true;
  float log_base, scale, shift;

  explicit ExpMath(const Attributes& a)
      : log_base(real(a, "log_base")), scale(real(a, "scale")), shift(real(a, "shift")) {}

  SIAMESE_HD float operator()(float x) const { return std::exp(log_base * (shift + scale * x)); }
  SIAMESE_HD float gradient(float y, float dy) const { return dy * y * scale * log_base; }
};

template <class On>
using Exp = Elementwise<On, ExpMath>;

}  // namespace siamese
