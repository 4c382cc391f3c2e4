// E = -1/N * sum of log(max(p[label], 1e-20)); dp[label] = -dE / (N * max(p[label], 1e-20)), 0 for other classes.
// bottom 0: probabilities, split 1: rows = classes, cols = N. bottom 1: N labels. top 0: scalar.
// Source: Caffe multinomial_logistic_loss_layer.cpp.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class MultinomialLogisticLoss final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override {
    const View p = this->bottom(0).data, labels = this->bottom(1).data;
    require_labels(on, labels, p.cols, 1, p.rows, [] SIAMESE_HD(int) { return false; });
    float* loss = this->top(0).data.data;
    on.sum_over_cols(
        1, p.cols, [=] SIAMESE_HD(int64_t, int64_t n) { return -std::log(floored(p.at(label(labels, n), n))); },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / static_cast<float>(p.cols); });
  }

  void backward(On& on) override {
    const View p = this->bottom(0).data, labels = this->bottom(1).data, dp = this->bottom(0).diff;
    if (!dp) return;
    const float* weight = this->top(0).diff.data;
    on.for_each(p.rows, p.cols, [=] SIAMESE_HD(int64_t c, int64_t n) {
      dp.at(c, n) = label(labels, n) == c ? -*weight / static_cast<float>(p.cols) / floored(p.at(c, n)) : 0;
    });
  }

 private:
  SIAMESE_HD static int64_t label(const View& labels, int64_t n) { return static_cast<int64_t>(labels.linear(n)); }
  SIAMESE_HD static float floored(float p) { return p < 1e-20f ? 1e-20f : p; }
};

}  // namespace siamese
