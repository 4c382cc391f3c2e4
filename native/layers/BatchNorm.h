// y = (x - mean_c) / sqrt(var_c + eps), of the batch or of the running sums. In place allowed.
// Batch: dx = (dy - mean(dy) - y * mean(dy * y)) / sqrt(var + eps); running: dx = dy / sqrt(var + eps).
// bottom 0, top 0: split 1, rows = channels x inner. params: sums of means (C), of variances (C), of weights (1): each
// batch adds 1 x its own to fraction x the sum. Attributes: channels, use_global_stats, moving_average_fraction, eps.
// Source: Caffe batch_norm_layer.cpp. In place, y is kept in memory of its own: a layer after it may change the top.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "broadcast.h"
#include "view.h"

namespace siamese {

template <class On>
class BatchNorm final : public Layer<On> {
 public:
  explicit BatchNorm(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        global_(this->args.attributes.flag("use_global_stats")),
        fraction_(static_cast<float>(this->args.attributes.number("moving_average_fraction"))),
        eps_(static_cast<float>(this->args.attributes.number("eps"))),
        spread_{this->args.attributes.integer("channels"), 0},
        statistics_(2 * spread_.size) {
    const Tensor& x = this->bottom(0).data;
    spread_.inner = x.rows / spread_.size;
    const bool in_place = x.data == this->top(0).data.data;
    if (in_place && !global_ && this->top(0).diff) saved_ = typename On::Memory(x.extent());
  }

  int64_t scratch() const override { return this->bottom(0).data.rows + 2 * spread_.size; }

  void forward(On& on) override {
    if (global_) {
      running_statistics(on);
    } else {
      batch_statistics(on);
    }
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Broadcast spread = spread_;
    const float *mean = statistics_.data(), *inverse = mean + spread.size;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      y.at(r, c) = (x.at(r, c) - mean[spread(r)]) * inverse[spread(r)];
    });
    if (saved_.size() > 0) map(on, y, saved(), [=] SIAMESE_HD(float v) { return v; });
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Broadcast spread = spread_;
    const float *mean = statistics_.data(), *inverse = mean + spread.size;
    if (global_) {
      return on.for_each(dy.rows, dy.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
        dx.at(r, c) = dy.at(r, c) * inverse[spread(r)];
      });
    }
    const View x = this->bottom(0).data, kept = saved();
    const auto y = [=] SIAMESE_HD(int64_t r, int64_t c) {
      return kept ? kept.at(r, c) : (x.at(r, c) - mean[spread(r)]) * inverse[spread(r)];
    };
    float *mean_dy = on.scratch() + dy.rows, *mean_dy_y = mean_dy + spread.size;
    const float items = static_cast<float>(dy.count() / spread.size);
    sum_by_value(
        on, dy.rows, dy.cols, spread, on.scratch(), [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c); },
        [=] SIAMESE_HD(int64_t channel, float sum) { mean_dy[channel] = sum / items; });
    sum_by_value(
        on, dy.rows, dy.cols, spread, on.scratch(),
        [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c) * y(r, c); },
        [=] SIAMESE_HD(int64_t channel, float sum) { mean_dy_y[channel] = sum / items; });
    on.for_each(dy.rows, dy.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const int64_t channel = spread(r);
      dx.at(r, c) = (dy.at(r, c) - mean_dy[channel] - y(r, c) * mean_dy_y[channel]) * inverse[channel];
    });
  }

 private:
  void running_statistics(On& on) {
    const View means = this->param(0).data, variances = this->param(1).data, weights = this->param(2).data;
    const int64_t channels = spread_.size;
    const float eps = eps_;
    float *mean = statistics_.data(), *inverse = mean + channels;
    on.for_each(channels, [=] SIAMESE_HD(int64_t c) {
      const float weight = weights.linear(0) == 0 ? 0 : 1 / weights.linear(0);
      mean[c] = means.linear(c) * weight;
      inverse[c] = 1 / std::sqrt(variances.linear(c) * weight + eps);
    });
  }

  void batch_statistics(On& on) {
    const View x = this->bottom(0).data;
    const View means = this->param(0).data, variances = this->param(1).data, weights = this->param(2).data;
    const Broadcast spread = spread_;
    const float fraction = fraction_, eps = eps_, items = static_cast<float>(x.count() / spread.size);
    const float unbiased = items > 1 ? items / (items - 1) : 1;
    float *mean = statistics_.data(), *inverse = mean + spread.size;
    sum_by_value(
        on, x.rows, x.cols, spread, on.scratch(), [=] SIAMESE_HD(int64_t r, int64_t c) { return x.at(r, c); },
        [=] SIAMESE_HD(int64_t channel, float sum) {
          mean[channel] = sum / items;
          means.linear(channel) = fraction * means.linear(channel) + mean[channel];
        });
    sum_by_value(
        on, x.rows, x.cols, spread, on.scratch(),
        [=] SIAMESE_HD(int64_t r, int64_t c) {
          const float difference = x.at(r, c) - mean[spread(r)];
          return difference * difference;
        },
        [=] SIAMESE_HD(int64_t channel, float sum) {
          inverse[channel] = 1 / std::sqrt(sum / items + eps);
          variances.linear(channel) = fraction * variances.linear(channel) + unbiased * sum / items;
        });
    on.for_each(1, [=] SIAMESE_HD(int64_t) { weights.linear(0) = fraction * weights.linear(0) + 1; });
  }

  View saved() {
    if (saved_.size() == 0) return {};
    View y = this->top(0).data;
    y.data = saved_.data();
    return y;
  }

  bool global_;
  float fraction_, eps_;
  Broadcast spread_;
  typename On::Memory statistics_;  // of the pass: means, then 1 / sqrt(var + eps)
  typename On::Memory saved_;
};

}  // namespace siamese
