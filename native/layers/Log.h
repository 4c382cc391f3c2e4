// y = ln(shift + scale * x) / ln(base); dx = dy * scale / ((shift + scale * x) * ln(base)).
// Source: Caffe log_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct LogMath {
  bool reads_top = false;
  float log_base, scale, shift;

  explicit LogMath(const Attributes& a)
      : log_base(real(a, "log_base")), scale(real(a, "scale")), shift(real(a, "shift")) {}

  SIAMESE_HD float operator()(float x) const { return std::log(shift + scale * x) / log_base; }
  SIAMESE_HD float gradient(float x, float dy) const { return dy * scale / ((shift + scale * x) * log_base); }
};

template <class On>
using Log = Elementwise<On, LogMath>;

}  // namespace siamese
