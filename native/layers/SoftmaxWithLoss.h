// E = -1/Z * sum of log softmax(x)[label]; dx = (softmax(x) - [c = label]) * dE / Z, 0 where the label is ignored.
// bottom 0: scores, rows = channels x inner, cols = outer. bottom 1: outer x inner labels in Caffe's order, any split.
// top 0: scalar. top 1, optional: softmax(x). Attributes: channels, normalization, ignore_label. Source: Caffe
// softmax_loss_layer.cpp.
#pragma once
#include <cfloat>
#include <cmath>

#include "../engine/layer.h"
#include "Softmax.h"
#include "labels.h"
#include "normalization.h"
#include "view.h"

namespace siamese {

template <class On>
class SoftmaxWithLoss final : public Layer<On> {
 public:
  explicit SoftmaxWithLoss(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        channels_(this->args.attributes.integer("channels")),
        outer_(this->bottom(0).data.cols),
        inner_(this->bottom(0).data.rows / channels_),
        ignored_(this->args.attributes),
        normalizer_(this->args.attributes, outer_, inner_) {}

  // The losses of all positions, whether each counts, and the number that count.
  int64_t scratch() const override { return 2 * outer_ * inner_ + 2; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, labels = this->bottom(1).data;
    const int64_t channels = channels_, outer = outer_, inner = inner_, n = outer * inner;
    const Ignored ignored = ignored_;
    require_labels(on, labels, n, 1, channels, ignored);
    float *losses = on.scratch(), *counts = losses + n, *sums = counts + n;
    on.for_each(inner, outer, [=] SIAMESE_HD(int64_t i, int64_t o) {
      const int label = static_cast<int>(labels.linear(o * inner + i));
      const bool skip = ignored(label);
      float top = x.at(i, o), sum = 0;
      for (int64_t c = 1; c < channels; ++c) top = top < x.at(c * inner + i, o) ? x.at(c * inner + i, o) : top;
      for (int64_t c = 0; c < channels; ++c) sum += std::exp(x.at(c * inner + i, o) - top);
      const float p = skip ? 1 : std::exp(x.at(label * inner + i, o) - top) / sum;
      losses[i * outer + o] = -std::log(p > FLT_MIN ? p : p <= FLT_MIN ? FLT_MIN : p);  // NaN stays NaN
      counts[i * outer + o] = skip ? 0 : 1;
    });
    on.sum_over_cols(
        2, n, [=] SIAMESE_HD(int64_t r, int64_t k) { return losses[r * n + k]; },
        [=] SIAMESE_HD(int64_t r, float sum) { sums[r] = sum; });
    const Normalizer normalizer = normalizer_;
    float* loss = this->top(0).data.data;
    on.for_each(1, [=] SIAMESE_HD(int64_t) { *loss = sums[0] / normalizer(sums[1]); });
    if (this->args.tops.size() > 1) Softmax<On>::softmax(on, x, this->top(1).data, channels);
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, labels = this->bottom(1).data, dx = this->bottom(0).diff;
    if (!dx) return;
    const int64_t channels = channels_, inner = inner_, n = outer_ * inner_;
    const Ignored ignored = ignored_;
    const Normalizer normalizer = normalizer_;
    const float* weight = this->top(0).diff.data;
    float* scale = on.scratch();
    on.sum_over_cols(
        1, n,
        [=] SIAMESE_HD(int64_t, int64_t k) { return ignored(static_cast<int>(labels.linear(k))) ? 0.0f : 1.0f; },
        [=] SIAMESE_HD(int64_t, float valid) { *scale = *weight / normalizer(valid); });
    Softmax<On>::softmax(on, x, dx, channels);
    on.for_each(inner, outer_, [=] SIAMESE_HD(int64_t i, int64_t o) {
      const int label = static_cast<int>(labels.linear(o * inner + i));
      const float factor = ignored(label) ? 0 : *scale;
      for (int64_t c = 0; c < channels; ++c) {
        dx.at(c * inner + i, o) = (dx.at(c * inner + i, o) - (c == label ? 1.0f : 0.0f)) * factor;
      }
    });
  }

 private:
  int64_t channels_, outer_, inner_;
  Ignored ignored_;
  Normalizer normalizer_;
};

}  // namespace siamese
