// y = max(x, 0) + negative_slope * min(x, 0); dx = dy * (x > 0 ? 1 : negative_slope). In place allowed.
// bottom 0, top 0: any shape, the same split. Attributes: negative_slope, reads_top: take the sign from y, not x.
// Source: Caffe relu_layer.cpp (at x = 0 the gradient is slope * dy).
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class ReLU final : public Layer<On> {
 public:
  explicit ReLU(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        slope_(static_cast<float>(this->args.attributes.number("negative_slope", 0))),
        reads_top_(this->args.attributes.flag("reads_top")) {}

  void forward(On& on) override {
    const float slope = slope_;
    map(on, this->bottom(0).data, this->top(0).data, [=] SIAMESE_HD(float x) { return x > 0 ? x : slope * x; });
  }

  void backward(On& on) override {
    if (!this->bottom(0).diff) return;
    const Tensor& sign = reads_top_ ? this->top(0).data : this->bottom(0).data;
    const float slope = slope_;
    map(on, sign, this->top(0).diff, this->bottom(0).diff,
        [=] SIAMESE_HD(float s, float dy) { return s > 0 ? dy : slope * dy; });
  }

 private:
  float slope_;
  bool reads_top_;
};

}  // namespace siamese
