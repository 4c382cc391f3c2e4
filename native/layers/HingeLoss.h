// h_c = max(0, 1 + x_c), for the label's class max(0, 1 - x_c); L1: E = 1/N * sum of h, L2: E = 1/N * sum of h^2.
// dx = sign * dE / N (L1) or 2 * h * sign * dE / N (L2) where h > 0.
// bottom 0: scores, split 1: rows = classes, cols = N. bottom 1: N labels. top 0: scalar. Attribute: l2.
// Source: Caffe hinge_loss_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class HingeLoss final : public Layer<On> {
 public:
  explicit HingeLoss(LayerArguments arguments)
      : Layer<On>(std::move(arguments)), l2_(this->args.attributes.flag("l2")) {}

  int64_t scratch() const override { return this->bottom(0).data.rows; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, labels = this->bottom(1).data;
    const bool l2 = l2_;
    require_labels(on, labels, x.cols, 1, x.rows, [] SIAMESE_HD(int) { return false; });
    float *sums = on.scratch(), *loss = this->top(0).data.data;
    on.sum_over_cols(
        x.rows, x.cols,
        [=] SIAMESE_HD(int64_t c, int64_t n) {
          const float h = hinge(x.at(c, n), sign(labels, c, n));
          return l2 ? h * h : h;
        },
        [=] SIAMESE_HD(int64_t c, float sum) { sums[c] = sum; });
    on.sum_over_cols(
        1, x.rows, [=] SIAMESE_HD(int64_t, int64_t c) { return sums[c]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / static_cast<float>(x.cols); });
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, labels = this->bottom(1).data, dx = this->bottom(0).diff;
    if (!dx) return;
    const bool l2 = l2_;
    const float* weight = this->top(0).diff.data;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t c, int64_t n) {
      const float s = sign(labels, c, n), h = hinge(x.at(c, n), s), scale = *weight / static_cast<float>(x.cols);
      dx.at(c, n) = h > 0 ? scale * s * (l2 ? 2 * h : 1) : 0;
    });
  }

 private:
  SIAMESE_HD static float sign(const View& labels, int64_t c, int64_t n) {
    return static_cast<int64_t>(labels.linear(n)) == c ? -1.0f : 1.0f;
  }
  SIAMESE_HD static float hinge(float x, float sign) {
    const float h = 1 + sign * x;
    return h > 0 ? h : 0;
  }

  bool l2_;
};

}  // namespace siamese
