// y = 1 for x > threshold, else 0. No gradient. Source: Caffe threshold_layer.cpp.
#pragma once
#include <cmath>

#include "elementwise.h"

namespace siamese {

struct ThresholdMath {
  bool reads_top = false;
  float threshold;

  explicit ThresholdMath(const Attributes& a) : threshold(real(a, "threshold")) {}

  SIAMESE_HD float operator()(float x) const { return x > threshold ? 1.0f : 0.0f; }
  SIAMESE_HD float gradient(float, float dy) const { return 0 * dy; }
};

template <class On>
using Threshold = Elementwise<On, ThresholdMath>;

}  // namespace siamese
