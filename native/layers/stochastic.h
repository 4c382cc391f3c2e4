// Stochastic pooling of one window (Zeiler and Fergus 2013): a place drawn with a chance in proportion to its value, or what
// that gives on average. Values are meant to be at least 0, as behind a ReLU. Source: Caffe pooling_layer.cu.
#pragma once
#include <cstdint>

#include "../engine/host_device.h"

namespace siamese {

// The part of a window within the image.
struct PooledWindow {
  int64_t top, bottom, left, right, width;
};

// What is at each place of an image.
struct Plane {
  const float* from;
  int64_t step;

  SIAMESE_HD float operator()(int64_t place) const { return from[place * step]; }
};

// The first place at which the sum in scan order reaches `chance` (0 to 1) of the whole; -1 of an empty window.
SIAMESE_HD inline int64_t drawn_place(const PooledWindow& window, float chance, const Plane& value) {
  float sum = 0;
  int64_t last = -1;
  for (int64_t h = window.top; h < window.bottom; ++h) {
    for (int64_t w = window.left; w < window.right; ++w) sum += value(h * window.width + w);
  }
  const float threshold = chance * sum;
  sum = 0;
  for (int64_t h = window.top; h < window.bottom; ++h) {
    for (int64_t w = window.left; w < window.right; ++w) {
      last = h * window.width + w;
      sum += value(last);
      if (sum >= threshold) return last;
    }
  }
  return last;  // values below 0: Caffe's top keeps what it had
}

struct WeightedMean {
  float sum, mean;
};

// sum x^2 / sum x; 0 where the sum is not above 0.
SIAMESE_HD inline WeightedMean weighted_mean(const PooledWindow& window, const Plane& value) {
  float sum = 0, squares = 0;
  for (int64_t h = window.top; h < window.bottom; ++h) {
    for (int64_t w = window.left; w < window.right; ++w) {
      const float x = value(h * window.width + w);
      sum += x;
      squares += x * x;
    }
  }
  return {sum, sum > 0 ? squares / sum : 0.0f};
}

// What the mean gains where a place of value x gains.
SIAMESE_HD inline float weighted_mean_slope(const WeightedMean& of, float x) {
  return of.sum > 0 ? (2 * x - of.mean) / of.sum : 0.0f;
}

}  // namespace siamese
