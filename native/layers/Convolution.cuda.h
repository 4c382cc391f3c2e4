// Convolution on a GPU: cuDNN's correlations; the bias and the ReLU in one pass behind them.
#pragma once
#include "../cuda/convolution.h"
#include "Convolution.h"
#include "bias.cuda.h"

namespace siamese {

// The sizes that cuDNN is told, from a layer's attributes and its bottom and top, whose `split` is the channel axis.
inline CudnnConvolution::Shape convolution_shape(const Attributes& attributes, const Tensor& x, const Tensor& y) {
  const auto list = [&](const char* name) {
    const std::vector<double>& given = attributes.list(name);
    return std::vector<int64_t>(given.begin(), given.end());
  };
  CudnnConvolution::Shape shape{x.cols, x.dim(x.split), y.dim(y.split), attributes.integer("group", 1), {}, {},
                                list("kernel"), list("stride"), list("pad"), list("dilation")};
  for (size_t d = 0; d < shape.kernel.size(); ++d) {
    shape.in.push_back(x.dim(x.split + 1 + static_cast<int>(d)));
    shape.out.push_back(y.dim(y.split + 1 + static_cast<int>(d)));
  }
  return shape;
}

template <>
class Convolution<OnCuda> final : public Layer<OnCuda> {
 public:
  explicit Convolution(LayerArguments arguments) : Layer<OnCuda>(std::move(arguments)) {
    if (args.attributes.has("pool_kernel")) throw std::invalid_argument("plan: a pooling in a convolution is the CPU's");
    for (size_t i = 0; i < args.bottoms.size(); ++i) {
      convolutions_.emplace_back(convolution_shape(args.attributes, bottom(i).data, top(i).data));
    }
  }

  void forward(OnCuda& on) override {
    const float* const bias = args.params.size() > 1 ? param(1).data.data : nullptr;
    for (size_t i = 0; i < convolutions_.size(); ++i) {
      const Tensor& y = top(i).data;
      convolutions_[i].forward(on, bottom(i).data.data, param(0).data.data, y.data);
      add_bias(on, y, y.dim(y.split), bias, args.attributes.flag("relu"));
    }
  }

  void backward(OnCuda& on) override {
    for (size_t i = 0; i < convolutions_.size(); ++i) {
      const Tensor &dy = top(i).diff, &dx = bottom(i).diff;
      if (!dy) continue;
      if (param(0).diff) convolutions_[i].weight_gradient(on, bottom(i).data.data, dy.data, param(0).diff.data);
      if (args.params.size() > 1 && param(1).diff) add_bias_gradient(on, dy, dy.dim(dy.split), param(1).diff.data);
      if (dx) convolutions_[i].data_gradient(on, param(0).data.data, dy.data, dx.data);
    }
  }

 private:
  std::vector<CudnnConvolution> convolutions_;
};

}  // namespace siamese
