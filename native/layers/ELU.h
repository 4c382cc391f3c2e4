// y = x for x > 0, else alpha * (exp(x) - 1); dx = dy for x > 0, else dy * (y + alpha).
// reads_top (alpha >= 0): y tells both. Source: Caffe elu_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct ELUMath {
  bool reads_top;
  float alpha;

  explicit ELUMath(const Attributes& a) : reads_top(a.flag("reads_top")), alpha(real(a, "alpha")) {}

  SIAMESE_HD float operator()(float x) const { return x > 0 ? x : alpha * (std::exp(x) - 1); }
  SIAMESE_HD float gradient(float v, float dy) const {
    return v > 0 ? dy : dy * (reads_top ? v + alpha : alpha * std::exp(v));
  }
};

template <class On>
using ELU = Elementwise<On, ELUMath>;

}  // namespace siamese
