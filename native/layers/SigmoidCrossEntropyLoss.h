// E = -1/Z * sum of t * log(s) + (1 - t) * log(1 - s), s = 1 / (1 + exp(-x)); dx = (s - t) * dE / Z, 0 where ignored.
// bottom 0, 1: x and t, split 1, the same number of elements. top 0: scalar. Attributes: normalization, ignore_label.
// Source: Caffe sigmoid_cross_entropy_loss_layer.cpp.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "labels.h"
#include "normalization.h"
#include "view.h"

namespace siamese {

template <class On>
class SigmoidCrossEntropyLoss final : public Layer<On> {
 public:
  explicit SigmoidCrossEntropyLoss(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        ignored_(this->args.attributes),
        normalizer_(this->args.attributes, this->bottom(0).data.cols, this->bottom(0).data.rows) {}

  // Sums by row of the losses and of what counts; and the sums of both.
  int64_t scratch() const override { return 2 * this->bottom(0).data.rows + 2; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, t = this->bottom(1).data;
    const Ignored ignored = ignored_;
    const Normalizer normalizer = normalizer_;
    const int64_t rows = x.rows;
    float *sums = on.scratch(), *totals = sums + 2 * rows, *loss = this->top(0).data.data;
    on.sum_over_cols(
        rows, x.cols,
        [=] SIAMESE_HD(int64_t r, int64_t c) {
          const float v = x.at(r, c);
          if (ignored(static_cast<int>(t.at(r, c)))) return 0.0f;
          return (v > 0 ? v : 0) - v * t.at(r, c) + std::log(1 + std::exp(-std::fabs(v)));
        },
        [=] SIAMESE_HD(int64_t r, float sum) { sums[r] = sum; });
    count_by_row(on, sums + rows);
    on.sum_over_cols(
        2, rows, [=] SIAMESE_HD(int64_t which, int64_t r) { return sums[which * rows + r]; },
        [=] SIAMESE_HD(int64_t which, float sum) { totals[which] = sum; });
    on.for_each(1, [=] SIAMESE_HD(int64_t) { *loss = totals[0] / normalizer(totals[1]); });
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, t = this->bottom(1).data, dx = this->bottom(0).diff;
    if (!dx) return;
    const Ignored ignored = ignored_;
    const Normalizer normalizer = normalizer_;
    const int64_t rows = x.rows;
    const float* weight = this->top(0).diff.data;
    float *counts = on.scratch(), *scale = counts + rows;
    count_by_row(on, counts);
    on.sum_over_cols(
        1, rows, [=] SIAMESE_HD(int64_t, int64_t r) { return counts[r]; },
        [=] SIAMESE_HD(int64_t, float valid) { *scale = *weight / normalizer(valid); });
    on.for_each(rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float s = 0.5f * std::tanh(0.5f * x.at(r, c)) + 0.5f;
      dx.at(r, c) = ignored(static_cast<int>(t.at(r, c))) ? 0 : (s - t.at(r, c)) * *scale;
    });
  }

 private:
  void count_by_row(On& on, float* counts) {
    const View t = this->bottom(1).data;
    const Ignored ignored = ignored_;
    on.sum_over_cols(
        t.rows, t.cols,
        [=] SIAMESE_HD(int64_t r, int64_t c) { return ignored(static_cast<int>(t.at(r, c))) ? 0.0f : 1.0f; },
        [=] SIAMESE_HD(int64_t r, float sum) { counts[r] = sum; });
  }

  Ignored ignored_;
  Normalizer normalizer_;
};

}  // namespace siamese
