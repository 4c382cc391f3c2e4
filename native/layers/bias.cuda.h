// A value per channel added to a blob on a GPU, and its gradient: what convolutions and inner products end with.
#pragma once
#include "../cuda/on_cuda.h"

namespace siamese {

// y = y + bias[channel], then max(y, 0) if `relu`. The channels of y are its first axis at which it is split.
inline void add_bias(OnCuda& on, const Tensor& y, int64_t channels, const float* bias, bool relu) {
  if ((bias == nullptr && !relu) || y.count() == 0) return;
  float* const out = y.data;
  const int64_t places = y.rows / channels;
  on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
    float& v = out[c * channels * places + r];
    const float sum = bias != nullptr ? v + bias[r / places] : v;
    v = relu && !(sum > 0) ? 0 : sum;
  });
}

// dbias[channel] += sum of dy
inline void add_bias_gradient(OnCuda& on, const Tensor& dy, int64_t channels, float* dbias) {
  if (dy.count() == 0) return;
  const float* const in = dy.data;
  const int64_t places = dy.rows / channels;
  on.sum_over_rows(
      places * dy.cols, channels,
      [=] SIAMESE_HD(int64_t k, int64_t channel) { return in[(k / places * channels + channel) * places + k % places]; },
      [=] SIAMESE_HD(int64_t channel, float sum) { dbias[channel] += sum; });
}

}  // namespace siamese
