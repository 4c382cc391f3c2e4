// E = 1/(2N) * sum of (a - b)^2; da = (a - b) * dE / N, db = -da.
// bottom 0, 1: a and b, split 1, cols = N. top 0: scalar. Source: Caffe euclidean_loss_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class EuclideanLoss final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  int64_t scratch() const override { return this->bottom(0).data.rows; }

  void forward(On& on) override {
    const View a = this->bottom(0).data, b = this->bottom(1).data;
    float *sums = on.scratch(), *loss = this->top(0).data.data;
    on.sum_over_cols(
        a.rows, a.cols,
        [=] SIAMESE_HD(int64_t r, int64_t n) {
          const float difference = a.at(r, n) - b.at(r, n);
          return difference * difference;
        },
        [=] SIAMESE_HD(int64_t r, float sum) { sums[r] = sum; });
    on.sum_over_cols(
        1, a.rows, [=] SIAMESE_HD(int64_t, int64_t r) { return sums[r]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / static_cast<float>(2 * a.cols); });
  }

  void backward(On& on) override {
    const View a = this->bottom(0).data, b = this->bottom(1).data;
    const float* weight = this->top(0).diff.data;
    for (int which = 0; which < 2; ++which) {
      const View dx = this->bottom(static_cast<size_t>(which)).diff;
      if (!dx) continue;
      const float sign = which == 0 ? 1.0f : -1.0f, items = static_cast<float>(a.cols);
      map(on, a, b, dx, [=] SIAMESE_HD(float x, float y) { return sign * *weight / items * (x - y); });
    }
  }
};

}  // namespace siamese
