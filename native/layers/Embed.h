// y_m = W[x_m] (+ bias): a row of a table per whole number; dW[x_m] += dy_m, dbias = sum of dy_m.
// bottom 0: M numbers in [0, input_dim), in Caffe's order, any split. top 0: M x num_output. params: W (input_dim,
// num_output), bias (num_output). Attributes: input_dim, num_output. Source: Caffe embed_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class Embed final : public Layer<On> {
 public:
  explicit Embed(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        rows_(this->args.attributes.integer("input_dim")),
        width_(this->args.attributes.integer("num_output")) {
    if (this->args.params.size() > 1) bias_ = this->param(1);
  }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data, table = this->param(0).data, bias = bias_.data;
    const int64_t width = width_;
    require_labels(on, x, x.count(), 1, rows_, [] SIAMESE_HD(int) { return false; });
    on.for_each(x.count() * width, [=] SIAMESE_HD(int64_t k) {
      const int64_t row = static_cast<int64_t>(x.linear(k / width)), e = k % width;
      y.linear(k) = table.linear(row * width + e) + (bias ? bias.linear(e) : 0);
    });
  }

  // Column by column: several numbers may be the same, and their sum has one order.
  void backward(On& on) override {
    const View x = this->bottom(0).data, dy = this->top(0).diff, dtable = this->param(0).diff, dbias = bias_.diff;
    const int64_t width = width_, n = x.count();
    on.for_each(width, [=] SIAMESE_HD(int64_t e) {
      for (int64_t m = 0; m < n; ++m) {
        const float d = dy.linear(m * width + e);
        if (dtable) dtable.linear(static_cast<int64_t>(x.linear(m)) * width + e) += d;
        if (dbias) dbias.linear(e) += d;
      }
    });
  }

 private:
  int64_t rows_, width_;
  Blob bias_;
};

}  // namespace siamese
