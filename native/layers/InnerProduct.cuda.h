// InnerProduct on a GPU, by cuBLAS; the bias and the ReLU in one pass behind it.
#pragma once
#include "../cuda/matrices.h"
#include "InnerProduct.h"
#include "bias.cuda.h"

namespace siamese {

template <>
class InnerProduct<OnCuda> final : public Layer<OnCuda> {
 public:
  using Layer<OnCuda>::Layer;

  void forward(OnCuda& on) override {
    const Tensor& y = top(0).data;
    multiply(on, weights(param(0).data.data), bottom(0).data, y, false);
    add_bias(on, y, y.rows, args.params.size() > 1 ? param(1).data.data : nullptr, args.attributes.flag("relu"));
  }

  void backward(OnCuda& on) override {
    const Tensor &x = bottom(0).data, &dy = top(0).diff, &dx = bottom(0).diff;
    if (!dy) return;
    if (float* const dw = param(0).diff.data) multiply(on, dy, DeviceMatrix(x).transposed(), weights(dw), true);
    if (args.params.size() > 1 && param(1).diff) add_bias_gradient(on, dy, dy.rows, param(1).diff.data);
    if (dx) multiply(on, weights(param(0).data.data).transposed(), dy, dx, false);
  }

 private:
  // outputs x inputs, however they lie
  DeviceMatrix weights(float* at) const {
    const int64_t inputs = bottom(0).data.rows, outputs = top(0).data.rows;
    if (args.attributes.flag("transpose")) return {at, outputs, inputs, 1, outputs};
    return {at, outputs, inputs, inputs, 1};
  }
};

}  // namespace siamese
