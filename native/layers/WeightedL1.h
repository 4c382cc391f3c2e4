// y_i = sum over c of w_c * |a_ci - b_ci| (+ bias); da = dy * w * sign(a - b), db = -da, dw_c += sum of dy * |a - b|.
// bottom 0, 1: a and b, split 1: rows = C, cols = N. top 0: (N, 1), split 1. params: w (C), bias (1).
// Source: the distance of Koch et al. 2015, "Siamese Neural Networks for One-shot Image Recognition".
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class WeightedL1 final : public Layer<On> {
 public:
  explicit WeightedL1(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    if (this->args.params.size() > 1) bias_ = this->param(1);
  }

  void forward(On& on) override {
    const View a = this->bottom(0).data, b = this->bottom(1).data, y = this->top(0).data;
    const View w = this->param(0).data, bias = bias_.data;
    on.for_each(a.cols, [=] SIAMESE_HD(int64_t i) {
      float sum = bias ? bias.linear(0) : 0;
      for (int64_t c = 0; c < a.rows; ++c) sum += w.linear(c) * std::fabs(a.at(c, i) - b.at(c, i));
      y.at(0, i) = sum;
    });
  }

  void backward(On& on) override {
    const View a = this->bottom(0).data, b = this->bottom(1).data, dy = this->top(0).diff;
    const View da = this->bottom(0).diff, db = this->bottom(1).diff, w = this->param(0).data;
    const View dw = this->param(0).diff, dbias = bias_.diff;
    on.for_each(a.rows, a.cols, [=] SIAMESE_HD(int64_t c, int64_t i) {
      const float difference = a.at(c, i) - b.at(c, i);
      const float slope = dy.at(0, i) * w.linear(c) * (difference > 0 ? 1.0f : difference < 0 ? -1.0f : 0.0f);
      if (da) da.at(c, i) = slope;
      if (db) db.at(c, i) = -slope;
    });
    if (dw) {
      on.sum_over_cols(
          a.rows, a.cols,
          [=] SIAMESE_HD(int64_t c, int64_t i) { return dy.at(0, i) * std::fabs(a.at(c, i) - b.at(c, i)); },
          [=] SIAMESE_HD(int64_t c, float sum) { dw.linear(c) += sum; });
    }
    if (dbias) {
      on.sum_over_cols(
          1, a.cols, [=] SIAMESE_HD(int64_t, int64_t i) { return dy.at(0, i); },
          [=] SIAMESE_HD(int64_t, float sum) { dbias.linear(0) += sum; });
    }
  }

 private:
  Blob bias_;
};

}  // namespace siamese
