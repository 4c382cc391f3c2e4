// y = x held between min and max; dx = dy where min <= x <= max, else 0. Source: Caffe clip_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct ClipMath {
  bool reads_top = false;
  float min, max;

  explicit ClipMath(const Attributes& a) : min(real(a, "min")), max(real(a, "max")) {}

  SIAMESE_HD float operator()(float x) const { return x < min ? min : x > max ? max : x; }
  SIAMESE_HD float gradient(float x, float dy) const { return x >= min && x <= max ? dy : 0; }
};

template <class On>
using Clip = Elementwise<On, ClipMath>;

}  // namespace siamese
