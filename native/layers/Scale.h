// y = x * scale (+ bias), spread over x; dx = dy * scale; dscale = sum of dy * x; dbias = sum of dy. In place allowed.
// bottom 0, top 0: split 1, or 0 where the scale begins at axis 0. The scale: bottom 1, or param 0. The bias: the last
// param. Attributes: inner, bias_term. Source: Caffe scale_layer.cpp. In place, x is kept in memory of its own.
#pragma once
#include "../engine/layer.h"
#include "broadcast.h"
#include "view.h"

namespace siamese {

template <class On>
class Scale final : public Layer<On> {
 public:
  explicit Scale(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        from_bottom_(this->args.bottoms.size() > 1),
        spread_{factor().data.count(), this->args.attributes.integer("inner")} {
    if (this->args.attributes.flag("bias_term")) bias_ = this->args.params.back();
    const Tensor& x = this->bottom(0).data;
    if (x.data == this->top(0).data.data && factor().diff) saved_ = typename On::Memory(x.extent());
  }

  int64_t scratch() const override { return this->bottom(0).data.rows; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data, scale = factor().data, bias = bias_.data;
    const Broadcast spread = spread_;
    if (saved_.size() > 0) map(on, x, as_it_was(), [=] SIAMESE_HD(float v) { return v; });
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const int64_t value = spread(r);
      y.at(r, c) = x.at(r, c) * scale.linear(value) + (bias ? bias.linear(value) : 0);
    });
  }

  void backward(On& on) override {
    const View x = as_it_was(), dy = this->top(0).diff, dx = this->bottom(0).diff;
    const View scale = factor().data, dscale = factor().diff, dbias = bias_.diff;
    const Broadcast spread = spread_;
    const bool adds = !from_bottom_;  // a parameter's gradient is added to, a bottom's is written
    if (dscale) {
      sum_by_value(
          on, x.rows, x.cols, spread, on.scratch(),
          [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c) * x.at(r, c); },
          [=] SIAMESE_HD(int64_t value, float sum) {
            dscale.linear(value) = sum + (adds ? dscale.linear(value) : 0);
          });
    }
    if (dbias) {
      sum_by_value(
          on, x.rows, x.cols, spread, on.scratch(), [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c); },
          [=] SIAMESE_HD(int64_t value, float sum) { dbias.linear(value) += sum; });
    }
    if (!dx) return;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      dx.at(r, c) = dy.at(r, c) * scale.linear(spread(r));
    });
  }

 private:
  const Blob& factor() const { return from_bottom_ ? this->bottom(1) : this->param(0); }
  View as_it_was() {
    View x = this->bottom(0).data;
    if (saved_.size() > 0) x.data = saved_.data();
    return x;
  }

  bool from_bottom_;
  Broadcast spread_;
  Blob bias_;
  typename On::Memory saved_;
};

}  // namespace siamese
