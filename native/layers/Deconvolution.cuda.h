// Deconvolution on a GPU: the data gradient of the correlation that leads from its top to its bottom.
#pragma once
#include "Convolution.cuda.h"
#include "Deconvolution.h"

namespace siamese {

template <>
class Deconvolution<OnCuda> final : public Layer<OnCuda> {
 public:
  explicit Deconvolution(LayerArguments arguments) : Layer<OnCuda>(std::move(arguments)) {
    for (size_t i = 0; i < args.bottoms.size(); ++i) {
      convolutions_.emplace_back(convolution_shape(args.attributes, top(i).data, bottom(i).data));
    }
  }

  void forward(OnCuda& on) override {
    const float* const bias = args.params.size() > 1 ? param(1).data.data : nullptr;
    for (size_t i = 0; i < convolutions_.size(); ++i) {
      const Tensor& y = top(i).data;
      convolutions_[i].data_gradient(on, param(0).data.data, bottom(i).data.data, y.data);
      add_bias(on, y, y.dim(y.split), bias, args.attributes.flag("relu"));
    }
  }

  void backward(OnCuda& on) override {
    for (size_t i = 0; i < convolutions_.size(); ++i) {
      const Tensor &dy = top(i).diff, &dx = bottom(i).diff;
      if (!dy) continue;
      if (param(0).diff) convolutions_[i].weight_gradient(on, dy.data, bottom(i).data.data, param(0).diff.data);
      if (args.params.size() > 1 && param(1).diff) add_bias_gradient(on, dy, dy.dim(dy.split), param(1).diff.data);
      if (dx) convolutions_[i].forward(on, dy.data, param(0).data.data, dx.data);
    }
  }

 private:
  std::vector<CudnnConvolution> convolutions_;
};

}  // namespace siamese
