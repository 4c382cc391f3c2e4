// y = max(x, 0) + negative_slope * min(x, 0), elementwise; dx = dy * (x > 0 ? 1 : slope). In place allowed.
// bottom 0, top 0: any shape, same split. Source: Caffe relu_layer.cpp (at x = 0 the gradient is slope * dy).
#pragma once
#include "../engine/layer.h"

namespace siamese {

template <class On>
class ReLU final : public Layer<On> {
 public:
  explicit ReLU(LayerArguments a) : Layer<On>(std::move(a)), slope_(static_cast<float>(this->args.attributes.number("negative_slope", 0))) {}

  void forward(On& on) override {
    const Tensor x = this->bottom(0).data, y = this->top(0).data;
    const float slope = slope_;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float v = x.data[r * x.pitch + c];
      y.data[r * y.pitch + c] = v > 0 ? v : slope * v;
    });
  }

  // Reads the top's data: its sign is the bottom's (slope >= 0), and in place the bottom is gone.
  void backward(On& on) override {
    const Tensor y = this->top(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const float slope = slope_;
    on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float g = dy.data[r * dy.pitch + c];
      dx.data[r * dx.pitch + c] = y.data[r * y.pitch + c] > 0 ? g : slope * g;
    });
  }

 private:
  float slope_;
};

}  // namespace siamese
