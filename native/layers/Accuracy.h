// Share of positions whose label is among the top_k scores; a tie counts against the label. No gradient.
// bottom 0: scores, rows = channels x inner, cols = outer. bottom 1: outer x inner labels in Caffe's order, any split.
// top 0: scalar. top 1, optional: share per class (channels), 0 for a class that does not occur.
// Attributes: channels, top_k, ignore_label. Source: Caffe accuracy_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class Accuracy final : public Layer<On> {
 public:
  explicit Accuracy(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        channels_(this->args.attributes.integer("channels")),
        top_k_(this->args.attributes.integer("top_k")),
        outer_(this->bottom(0).data.cols),
        inner_(this->bottom(0).data.rows / channels_),
        ignored_(this->args.attributes) {}

  // Per position whether it is right and whether it counts; then both sums, in all and per class.
  int64_t scratch() const override { return 2 * outer_ * inner_ + 2 * channels_; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, labels = this->bottom(1).data;
    const int64_t channels = channels_, top_k = top_k_, inner = inner_, n = outer_ * inner_;
    const Ignored ignored = ignored_;
    require_labels(on, labels, n, 1, channels, ignored);
    float *right = on.scratch(), *counts = right + n;
    on.for_each(n, [=] SIAMESE_HD(int64_t k) {
      const int label = static_cast<int>(labels.linear(k));
      counts[k] = ignored(label) ? 0 : 1;
      right[k] = 0;
      if (ignored(label)) return;
      const int64_t o = k / inner, i = k % inner;
      const float score = x.at(label * inner + i, o);
      int64_t as_good = -1;  // the label itself is as good as itself
      for (int64_t c = 0; c < channels; ++c) as_good += x.at(c * inner + i, o) >= score;
      right[k] = as_good >= 0 && as_good < top_k;  // below 0: the score is no number
    });
    share(on, 1, [=] SIAMESE_HD(int64_t, int64_t) { return true; }, this->top(0).data);
    if (this->args.tops.size() < 2) return;
    share(
        on, channels,
        [=] SIAMESE_HD(int64_t c, int64_t k) { return static_cast<int64_t>(labels.linear(k)) == c; },
        this->top(1).data);
  }

 private:
  // y(g) = right / counted over the positions of group g.
  template <class In>
  void share(On& on, int64_t groups, In in, const View& y) {
    const int64_t n = outer_ * inner_;
    const float* right = on.scratch();
    float* sums = on.scratch() + 2 * n;
    on.sum_over_cols(
        2 * groups, n,
        [=] SIAMESE_HD(int64_t g, int64_t k) { return in(g % groups, k) ? right[g / groups * n + k] : 0.0f; },
        [=] SIAMESE_HD(int64_t g, float sum) { sums[g] = sum; });
    on.for_each(groups, [=] SIAMESE_HD(int64_t g) {
      y.linear(g) = sums[groups + g] == 0 ? 0 : sums[g] / sums[groups + g];
    });
  }

  int64_t channels_, top_k_, outer_, inner_;
  Ignored ignored_;
};

}  // namespace siamese
