// Convolution on the CPU: panels over rows of images forward and for the data, dot products of rows for the weights.
#include "Convolution.h"

#include <algorithm>
#include <stdexcept>

#include "../cpu/kernels_correlate.h"
#include "../cpu/kernels_weights.h"
#include "../cpu/on_cpu.h"

namespace siamese {

namespace {

std::vector<int64_t> integers(const std::vector<double>& list) { return {list.begin(), list.end()}; }

// The spatial axes of a bottom and its top; the blob's `split` is the channel axis.
std::vector<SpatialAxis> spatial_axes(const Attributes& attributes, const Tensor& x, const Tensor& y) {
  const auto kernel = integers(attributes.list("kernel")), stride = integers(attributes.list("stride"));
  const auto pad = integers(attributes.list("pad")), dilation = integers(attributes.list("dilation"));
  std::vector<SpatialAxis> axes;
  for (size_t d = 0; d < kernel.size(); ++d) {
    const int axis = x.split + 1 + static_cast<int>(d);
    axes.push_back({x.dim(axis), y.dim(axis), kernel[d], stride[d], pad[d], dilation[d]});
  }
  return axes;
}

// Floats from one place to the next along each spatial axis.
std::vector<int64_t> steps(const Tensor& t) {
  std::vector<int64_t> steps(t.shape.size() - t.split - 1);
  int64_t step = t.pitch;
  for (size_t d = steps.size(); d-- > 0;) {
    steps[d] = step;
    step *= t.dim(t.split + 1 + static_cast<int>(d));
  }
  return steps;
}

int64_t channel_step(const Tensor& t) { return t.rows / t.dim(t.split) * t.pitch; }

}  // namespace

template <>
struct Convolution<OnCpu>::Pass {
  std::unique_ptr<Correlation> forward, data;
  std::unique_ptr<WeightGradient> weights;
  int64_t kernel_count = 1, channels, outputs;  // of a group
};

template <>
Convolution<OnCpu>::Convolution(LayerArguments arguments) : Layer<OnCpu>(std::move(arguments)) {
  const int64_t group = args.attributes.integer("group", 1);
  for (size_t i = 0; i < args.bottoms.size(); ++i) {
    const Tensor &x = bottom(i).data, &y = top(i).data, &dx = bottom(i).diff, &dy = top(i).diff;
    if (x.rows == 0 || y.rows == 0) throw std::invalid_argument("a convolution of no channels or places");
    auto pass = std::make_unique<Pass>();
    const auto axes = spatial_axes(args.attributes, x, y);
    std::vector<int64_t> kernel;
    std::vector<AxisTaps> from_x, from_y;
    for (const SpatialAxis& axis : axes) {
      kernel.push_back(axis.kernel);
      pass->kernel_count *= axis.kernel;
      from_x.push_back(AxisTaps::forward(axis));
      from_y.push_back(AxisTaps::backward(axis));
    }
    const int64_t in = pass->channels = x.dim(x.split) / group, out = pass->outputs = y.dim(y.split) / group;
    pass->forward = std::make_unique<Correlation>(Correlation::Shape{group, out, in, kernel, from_x, channel_step(x),
                                                                     channel_step(y), steps(x), steps(y), x.cols});
    if (dx && dy) {
      pass->data = std::make_unique<Correlation>(Correlation::Shape{group, in, out, kernel, from_y, channel_step(dy),
                                                                    channel_step(dx), steps(dy), steps(dx), x.cols});
    }
    if (dy) {
      pass->weights = std::make_unique<WeightGradient>(
          WeightGradient::Shape{group, out, in, axes, channel_step(x), channel_step(dy), steps(x), steps(dy), x.cols});
    }
    passes_.push_back(std::move(pass));
  }
}

template <>
Convolution<OnCpu>::~Convolution() = default;

template <>
int64_t Convolution<OnCpu>::scratch() const {
  return param(0).data.count();  // the packed weights
}

template <>
void Convolution<OnCpu>::forward(OnCpu& on) {
  float* packed = on.scratch();
  const float* bias = args.params.size() > 1 ? param(1).data.data : nullptr;
  for (size_t i = 0; i < passes_.size(); ++i) {
    const Pass& pass = *passes_[i];
    if (i == 0)
      pass.forward->pack(on, param(0).data.data, pass.channels * pass.kernel_count, pass.kernel_count, packed);
    pass.forward->run(on, bottom(i).data.data, packed, bias, args.attributes.flag("relu"), top(i).data.data);
  }
}

template <>
void Convolution<OnCpu>::backward(OnCpu& on) {
  float* packed = on.scratch();
  bool is_packed = false;
  for (size_t i = 0; i < passes_.size(); ++i) {
    const Pass& pass = *passes_[i];
    const float* dy = top(i).diff.data;
    float* dw = param(0).diff.data;
    float* db = args.params.size() > 1 ? param(1).diff.data : nullptr;
    if (dw || db) pass.weights->add(on, bottom(i).data.data, dy, dw, db);
    if (!pass.data) continue;
    if (!is_packed)
      pass.data->pack(on, param(0).data.data, pass.kernel_count, pass.channels * pass.kernel_count, packed);
    is_packed = true;
    pass.data->run(on, dy, packed, nullptr, false, bottom(i).diff.data);
  }
}

template class Convolution<OnCpu>;

}  // namespace siamese
