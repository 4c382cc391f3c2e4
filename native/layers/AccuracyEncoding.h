// Share of encodings nearest to the mean of the batch's OTHER encodings of their class, among the means of all classes.
// bottom 0: encodings, split 1: rows = C, cols = N. bottom 1: labels, the first of each item counts. top 0: scalar.
// Attribute: ignore_labels. An item alone in its class, or of an ignored one, does not count. No gradient.
#pragma once
#include <cfloat>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class AccuracyEncoding final : public Layer<On> {
 public:
  explicit AccuracyEncoding(LayerArguments arguments)
      : Layer<On>(std::move(arguments)), ignored_(this->args.attributes.list("ignore_labels")) {}

  // Per item: the first item of its class (-1: ignored), and there the size of the class and its sum of encodings; then
  // whether it is right; then the two sums of the result.
  int64_t scratch() const override { return (3 + items().rows) * items().cols + 2; }

  void forward(On& on) override {
    const View x = items(), labels = this->bottom(1).data;
    const int64_t n = x.cols, step = labels.count() / n;
    float *first = on.scratch(), *size = first + n, *right = size + n, *sum = right + n, *totals = sum + n * x.rows;
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      int64_t j = 0;
      while (labels.linear(j * step) != labels.linear(i * step) && j < i) ++j;
      first[i] = static_cast<float>(j);
    });
    for (double label : ignored_) {
      on.for_each(n, [=] SIAMESE_HD(int64_t i) {
        if (labels.linear(i * step) == static_cast<float>(label)) first[i] = -1;
      });
    }
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      size[i] = 0;
      for (int64_t j = i; j < n; ++j) size[i] += first[j] == static_cast<float>(i);
    });
    on.for_each(x.rows, n, [=] SIAMESE_HD(int64_t c, int64_t i) {
      double total = 0;
      for (int64_t j = i; size[i] > 0 && j < n; ++j) total += first[j] == static_cast<float>(i) ? x.at(c, j) : 0;
      sum[c * n + i] = static_cast<float>(total);
    });
    on.for_each(n, [=] SIAMESE_HD(int64_t i) { right[i] = classify(x, first, size, sum, i); });
    on.sum_over_cols(
        2, n,
        [=] SIAMESE_HD(int64_t r, int64_t i) { return (r == 0 ? right[i] >= 0 : right[i] > 0) ? 1.0f : 0.0f; },
        [=] SIAMESE_HD(int64_t r, float total) { totals[r] = total; });
    float* share = this->top(0).data.data;
    on.for_each(1, [=] SIAMESE_HD(int64_t) { *share = totals[0] == 0 ? 0 : totals[1] / totals[0]; });
  }

 private:
  View items() const { return this->bottom(0).data; }

  // 1 right, 0 wrong, -1 does not count.
  SIAMESE_HD static float classify(const View& x, const float* first, const float* size, const float* sum, int64_t i) {
    const int64_t own = static_cast<int64_t>(first[i]);
    if (own < 0 || size[own] < 2) return -1;
    float best = FLT_MAX;
    int64_t nearest = -1;
    for (int64_t k = 0; k < x.cols; ++k) {
      if (size[k] == 0) continue;
      float distance = 0;
      for (int64_t c = 0; c < x.rows; ++c) {
        const float all = sum[c * x.cols + k];
        const float others = k == own ? (all - x.at(c, i)) / (size[k] - 1) : all / size[k];
        distance += (x.at(c, i) - others) * (x.at(c, i) - others);
      }
      if (!(distance < best)) continue;
      best = distance;
      nearest = k;
    }
    return nearest == own ? 1.0f : 0.0f;
  }

  std::vector<double> ignored_;
};

}  // namespace siamese
