// y = x + bias, the bias spread over x; dx = dy; dbias = sum of dy. In place allowed.
// bottom 0, top 0: split 1, or 0 where the bias begins at axis 0. The bias: bottom 1, or param 0. Attribute: inner.
// Source: Caffe bias_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "broadcast.h"
#include "view.h"

namespace siamese {

template <class On>
class Bias final : public Layer<On> {
 public:
  explicit Bias(LayerArguments arguments)
      : Layer<On>(std::move(arguments)), spread_{bias().data.count(), this->args.attributes.integer("inner")} {}

  int64_t scratch() const override { return this->bottom(0).data.rows; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data, added = bias().data;
    const Broadcast spread = spread_;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      y.at(r, c) = x.at(r, c) + added.linear(spread(r));
    });
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dx = this->bottom(0).diff, dbias = bias().diff;
    const bool adds = !this->args.params.empty();  // a parameter's gradient is added to, a bottom's is written
    if (dbias) {
      sum_by_value(
          on, dy.rows, dy.cols, spread_, on.scratch(), [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c); },
          [=] SIAMESE_HD(int64_t value, float sum) {
            dbias.linear(value) = sum + (adds ? dbias.linear(value) : 0);
          });
    }
    if (dx && dx.data != dy.data) map(on, dy, dx, [=] SIAMESE_HD(float g) { return g; });
  }

 private:
  const Blob& bias() const { return this->args.params.empty() ? this->bottom(1) : this->param(0); }

  Broadcast spread_;
};

}  // namespace siamese
