// Share of items whose smallest distance is their label's; the first of equal ones wins. No gradient.
// bottom 0: distances, split 1: rows = L, cols = N. bottom 1: labels, the first of each item counts. top 0: scalar.
// Attribute: ignore_labels. An item with no distance below the largest float is wrong.
#pragma once
#include <cfloat>

#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class AccuracyDecode final : public Layer<On> {
 public:
  explicit AccuracyDecode(LayerArguments arguments)
      : Layer<On>(std::move(arguments)), ignored_(this->args.attributes.list("ignore_labels")) {}

  // Per item: does it count, is it right; then both sums.
  int64_t scratch() const override { return 2 * this->bottom(0).data.cols + 2; }

  void forward(On& on) override {
    const View distances = this->bottom(0).data, labels = this->bottom(1).data;
    const int64_t n = distances.cols, step = labels.count() / n;
    float *counts = on.scratch(), *right = counts + n, *sums = right + n, *share = this->top(0).data.data;
    on.for_each(n, [=] SIAMESE_HD(int64_t i) {
      counts[i] = 1;
      float best = FLT_MAX;
      int64_t nearest = -1;
      for (int64_t l = 0; l < distances.rows; ++l) {
        if (!(distances.at(l, i) < best)) continue;
        best = distances.at(l, i);
        nearest = l;
      }
      right[i] = nearest >= 0 && static_cast<float>(nearest) == labels.linear(i * step);
    });
    for (double label : ignored_) {
      on.for_each(n, [=] SIAMESE_HD(int64_t i) {
        if (labels.linear(i * step) == static_cast<float>(label)) counts[i] = right[i] = 0;
      });
    }
    on.sum_over_cols(
        2, n, [=] SIAMESE_HD(int64_t r, int64_t i) { return counts[r * n + i]; },
        [=] SIAMESE_HD(int64_t r, float sum) { sums[r] = sum; });
    on.for_each(1, [=] SIAMESE_HD(int64_t) { *share = sums[0] == 0 ? 0 : sums[1] / sums[0]; });
  }

 private:
  std::vector<double> ignored_;
};

}  // namespace siamese
