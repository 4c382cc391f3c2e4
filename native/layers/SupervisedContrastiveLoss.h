// E = -1/A * sum over anchors i of the mean over p in P(i) of log(exp(s_ip / t) / sum over a != i of exp(s_ia / t)),
// s_ij = z_i . z_j, P(i) the other items of i's label, A the anchors that have such; dE/ds_ij = (softmax_ij - [j in P(i)] /
// |P(i)|) / (A t). bottom 0: encodings, split 1: rows = C, cols = N. bottom 1: N labels. top 0: scalar.
// Attributes: temperature, normalize (z = x / |x|, else x). Source: Khosla et al. 2020, "Supervised Contrastive Learning".
#pragma once
#include <cmath>

#include "batch_pairs.h"

namespace siamese {

template <class On>
class SupervisedContrastiveLoss final : public Layer<On> {
 public:
  explicit SupervisedContrastiveLoss(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        batch_(this->bottom(0), this->args.attributes.flag("normalize")),
        temperature_(static_cast<float>(this->args.attributes.number("temperature"))),
        anchors_(3 * batch_.items() + 1) {}

  void forward(On& on) override {
    batch_.encode(on);
    batch_.products(on);
    const View s = batch_.pairs(), labels = this->bottom(1).data;
    const int64_t n = batch_.items();
    const float inverse = 1 / temperature_;
    float *log_sums = anchors_.data(), *positives = log_sums + n, *losses = positives + n, *anchors = losses + n;
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      float top = -INFINITY, sum = 0, count = 0, near = 0;
      for (int64_t j = 0; j < n; ++j) {
        const float v = s.at(i, j) * inverse;
        if (j != i && !(v <= top)) top = v;  // NaN stays NaN
      }
      for (int64_t j = 0; j < n; ++j) {
        if (j == i) continue;
        const float v = s.at(i, j) * inverse;
        sum += std::exp(v - top);
        if (labels.linear(j) == labels.linear(i)) {
          count += 1;
          near += v;
        }
      }
      log_sums[i] = top + std::log(sum);
      positives[i] = count;
      losses[i] = count > 0 ? log_sums[i] - near / count : 0;
    });
    float* loss = this->top(0).data.data;
    on.sum_over_cols(
        1, n, [=] SIAMESE_HD(int64_t, int64_t i) { return positives[i] > 0 ? 1.0f : 0.0f; },
        [=] SIAMESE_HD(int64_t, float sum) { *anchors = sum; });
    on.sum_over_cols(
        1, n, [=] SIAMESE_HD(int64_t, int64_t i) { return losses[i]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = *anchors > 0 ? sum / *anchors : 0; });
  }

  void backward(On& on) override {
    if (!this->bottom(0).diff) return;
    const View s = batch_.pairs(), w = batch_.gradient(), labels = this->bottom(1).data;
    const int64_t n = batch_.items();
    const float inverse = 1 / temperature_;
    const float *log_sums = anchors_.data(), *positives = log_sums + n, *anchors = positives + 2 * n;
    const float* weight = this->top(0).diff.data;
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      const float scale = positives[i] > 0 ? *weight * inverse / *anchors : 0;
      for (int64_t j = 0; j < n; ++j) {
        const float target = labels.linear(j) == labels.linear(i) ? 1 / positives[i] : 0;
        w.at(i, j) = j == i || scale == 0 ? 0 : scale * (std::exp(s.at(i, j) * inverse - log_sums[i]) - target);
      }
    });
    batch_.products_backward(on);
  }

 private:
  BatchPairs<On> batch_;
  float temperature_;
  typename On::Memory anchors_;  // per anchor: log of the softmax's divisor, positives, loss; and how many anchors count
};

}  // namespace siamese
