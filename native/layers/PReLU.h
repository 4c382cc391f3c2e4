// y = x for x > 0, else slope_c * x; dx = dy * (x > 0 ? 1 : slope_c); dslope_c = sum of dy * x over x <= 0. In place
// allowed.
// bottom 0, top 0: split 1. param 0: slopes, one per channel or one in all. Attribute: inner, rows per channel.
// Source: Caffe prelu_layer.cpp. In place, x is kept in memory of its own.
#pragma once
#include "../engine/layer.h"
#include "broadcast.h"
#include "view.h"

namespace siamese {

template <class On>
class PReLU final : public Layer<On> {
 public:
  explicit PReLU(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        spread_{this->param(0).data.count(), this->args.attributes.integer("inner")} {
    const Tensor& x = this->bottom(0).data;
    if (x.data == this->top(0).data.data && this->top(0).diff) saved_ = typename On::Memory(x.extent());
  }

  int64_t scratch() const override { return this->bottom(0).data.rows; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data, slopes = this->param(0).data;
    const Broadcast spread = spread_;
    if (saved_.size() > 0) map(on, x, as_it_was(), [=] SIAMESE_HD(float v) { return v; });
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float v = x.at(r, c);
      y.at(r, c) = v > 0 ? v : slopes.linear(spread(r)) * v;
    });
  }

  void backward(On& on) override {
    const View x = as_it_was(), dy = this->top(0).diff, dx = this->bottom(0).diff;
    const View slopes = this->param(0).data, dslopes = this->param(0).diff;
    const Broadcast spread = spread_;
    if (dslopes) {
      sum_by_value(
          on, x.rows, x.cols, spread, on.scratch(),
          [=] SIAMESE_HD(int64_t r, int64_t c) { return x.at(r, c) > 0 ? 0 : dy.at(r, c) * x.at(r, c); },
          [=] SIAMESE_HD(int64_t value, float sum) { dslopes.linear(value) += sum; });
    }
    if (!dx) return;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      dx.at(r, c) = x.at(r, c) > 0 ? dy.at(r, c) : slopes.linear(spread(r)) * dy.at(r, c);
    });
  }

 private:
  View as_it_was() {
    View x = this->bottom(0).data;
    if (saved_.size() > 0) x.data = saved_.data();
    return x;
  }

  Broadcast spread_;
  typename On::Memory saved_;
};

}  // namespace siamese
