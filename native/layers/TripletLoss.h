// E = 1/(2N) * sum of max(|a - p|^2 - |a - n|^2 + alpha, 0); da = (n - p) / N, dp = (p - a) / N, dn = (a - n) / N.
// bottom 0, 1, 2: a, p, n, split 1: rows = C, cols = N. top 0: scalar. Attribute: alpha. Source: MyCaffe, in purpose.
// With two bottoms, encodings and labels, the triplets are mined from the batch: triplet_batch.h.
#pragma once
#include <optional>

#include "../engine/layer.h"
#include "triplet_batch.h"
#include "view.h"

namespace siamese {

template <class On>
class TripletLoss final : public Layer<On> {
 public:
  explicit TripletLoss(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Attributes& attributes = this->args.attributes;
    if (this->args.bottoms.size() == 2) {
      batch_.emplace(this->bottom(0), this->bottom(1).data, attributes);
      return;
    }
    triplet_ = {this->bottom(0).data, this->bottom(1).data, this->bottom(2).data,
                static_cast<float>(attributes.number("alpha"))};
  }

  int64_t scratch() const override { return batch_ ? 0 : triplet_.a.cols; }

  void forward(On& on) override {
    if (batch_) return batch_->forward(on, this->top(0).data.data);
    const Triplet triplet = triplet_;
    const int64_t items = triplet.a.cols;
    float *losses = on.scratch(), *loss = this->top(0).data.data;
    on.for_each(items, [=] SIAMESE_HD(int64_t i) { losses[i] = triplet.loss(i); });
    on.sum_over_cols(
        1, items, [=] SIAMESE_HD(int64_t, int64_t i) { return losses[i]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / static_cast<float>(2 * items); });
  }

  void backward(On& on) override {
    if (batch_) {
      if (this->bottom(0).diff) batch_->backward(on, this->top(0).diff.data);
      return;
    }
    const Triplet t = triplet_;
    const View da = this->bottom(0).diff, dp = this->bottom(1).diff, dn = this->bottom(2).diff;
    const float* weight = this->top(0).diff.data;
    float* factors = on.scratch();
    on.for_each(t.a.cols, [=] SIAMESE_HD(int64_t i) {
      factors[i] = t.loss(i) > 0 ? *weight / static_cast<float>(t.a.cols) : 0;
    });
    on.for_each(t.a.rows, t.a.cols, [=] SIAMESE_HD(int64_t c, int64_t i) {
      const float a = t.a.at(c, i), p = t.p.at(c, i), n = t.n.at(c, i);
      if (da) da.at(c, i) = factors[i] * (n - p);
      if (dp) dp.at(c, i) = factors[i] * (p - a);
      if (dn) dn.at(c, i) = factors[i] * (a - n);
    });
  }

 private:
  struct Triplet {
    View a, p, n;
    float alpha = 0;

    SIAMESE_HD float loss(int64_t i) const {
      float sum = alpha;
      for (int64_t c = 0; c < a.rows; ++c) {
        const float near = a.at(c, i) - p.at(c, i), far = a.at(c, i) - n.at(c, i);
        sum += near * near - far * far;
      }
      return sum <= 0 ? 0 : sum;  // NaN stays NaN
    }
  };

  Triplet triplet_;
  std::optional<TripletBatch<On>> batch_;
};

}  // namespace siamese
