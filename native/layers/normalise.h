// The two passes of a batch normalisation, with a Scale layer after it and a ReLU after that as one pass where they are
// fused. The generic form goes over the whole blob for each sum; the CPU's goes over one channel at a time, which stays in
// the second cache from the first sum to the last store.
#pragma once
#include <cmath>

#include "broadcast.h"
#include "view.h"

namespace siamese {

class OnCpu;

struct Normalisation {
  View x, y;                         // y = (x - mean) * inverse, then * scale + bias, then max(y, 0) with relu
  View scale, bias;                  // one a channel, or null
  View means, variances, weights;    // running sums, to be added to
  Broadcast spread;
  float fraction, eps;
  bool relu;
  float *mean, *inverse;  // of the batch, one a channel: written by the forward pass, read by the backward one
};

struct NormalisationGradient {
  View x, dy, dx;  // x as it was before the forward pass; dx may be null, or dy
  View scale, dscale, dbias;  // or null; the latter two are added to
  Broadcast spread;
  const float *mean, *inverse;
  bool constant;  // mean and inverse do not depend on x: dx = dy * scale * inverse
};

// The last step alone, with the statistics that are there.
template <class On>
void apply_normalisation(On& on, const Normalisation& p) {
  const View x = p.x, y = p.y, scale = p.scale, bias = p.bias;
  const Broadcast spread = p.spread;
  const float *mean = p.mean, *inverse = p.inverse;
  const bool relu = p.relu;
  on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
    const int64_t channel = spread(r);
    float v = (x.at(r, c) - mean[channel]) * inverse[channel];
    if (scale) v = v * scale.linear(channel) + (bias ? bias.linear(channel) : 0);
    y.at(r, c) = relu && v < 0 ? 0 : v;
  });
}

// `scratch`: rows floats and two a channel.
template <class On>
void normalise(On& on, const Normalisation& p, float* scratch) {
  const View x = p.x;
  const View means = p.means, variances = p.variances, weights = p.weights;
  const Broadcast spread = p.spread;
  const float fraction = p.fraction, eps = p.eps, items = static_cast<float>(x.count() / spread.size);
  const float unbiased = items > 1 ? items / (items - 1) : 1;
  float *mean = p.mean, *inverse = p.inverse;
  sum_by_value(
      on, x.rows, x.cols, spread, scratch, [=] SIAMESE_HD(int64_t r, int64_t c) { return x.at(r, c); },
      [=] SIAMESE_HD(int64_t channel, float sum) {
        mean[channel] = sum / items;
        means.linear(channel) = fraction * means.linear(channel) + mean[channel];
      });
  sum_by_value(
      on, x.rows, x.cols, spread, scratch,
      [=] SIAMESE_HD(int64_t r, int64_t c) {
        const float difference = x.at(r, c) - mean[spread(r)];
        return difference * difference;
      },
      [=] SIAMESE_HD(int64_t channel, float sum) {
        inverse[channel] = 1 / std::sqrt(sum / items + eps);
        variances.linear(channel) = fraction * variances.linear(channel) + unbiased * sum / items;
      });
  on.for_each(1, [=] SIAMESE_HD(int64_t) { weights.linear(0) = fraction * weights.linear(0) + 1; });
  apply_normalisation(on, p);
}

// With yhat = (x - mean) * inverse and g = dy * scale: dx = (g - mean(g) - yhat * mean(g * yhat)) * inverse.
template <class On>
void normalise_backward(On& on, const NormalisationGradient& p, float* scratch) {
  const View x = p.x, dy = p.dy, dx = p.dx, scale = p.scale, dscale = p.dscale, dbias = p.dbias;
  const Broadcast spread = p.spread;
  const float *mean = p.mean, *inverse = p.inverse;
  const bool constant = p.constant;
  float *mean_dy = scratch + dy.rows, *mean_dy_y = mean_dy + spread.size;
  const float items = static_cast<float>(dy.count() / spread.size);
  const auto yhat = [=] SIAMESE_HD(int64_t r, int64_t c) { return (x.at(r, c) - mean[spread(r)]) * inverse[spread(r)]; };
  sum_by_value(
      on, dy.rows, dy.cols, spread, scratch, [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c); },
      [=] SIAMESE_HD(int64_t channel, float sum) {
        mean_dy[channel] = sum / items;
        if (dbias) dbias.linear(channel) += sum;
      });
  sum_by_value(
      on, dy.rows, dy.cols, spread, scratch,
      [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c) * yhat(r, c); },
      [=] SIAMESE_HD(int64_t channel, float sum) {
        mean_dy_y[channel] = sum / items;
        if (dscale) dscale.linear(channel) += sum;
      });
  if (!dx) return;
  on.for_each(dy.rows, dy.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
    const int64_t channel = spread(r);
    const float factor = inverse[channel] * (scale ? scale.linear(channel) : 1);
    const float rest = constant ? 0 : mean_dy[channel] + yhat(r, c) * mean_dy_y[channel];
    dx.at(r, c) = (dy.at(r, c) - rest) * factor;
  });
}

// cpu/normalise.cc
void normalise(OnCpu& on, const Normalisation& p, float* scratch);
void apply_normalisation(OnCpu& on, const Normalisation& p);
void normalise_backward(OnCpu& on, const NormalisationGradient& p, float* scratch);

}  // namespace siamese
