// Deconvolution on the CPU: the passes of the convolution that goes from its top to its bottom, turned round.
#include "Deconvolution.h"

#include <algorithm>
#include <stdexcept>

#include "../cpu/kernels_correlate.h"
#include "../cpu/kernels_weights.h"
#include "../cpu/on_cpu.h"
#include "spatial.h"

namespace siamese {

// `image` is what that convolution would take, this layer's top; `places` what it would give, this layer's bottom.
template <>
struct Deconvolution<OnCpu>::Pass {
  std::unique_ptr<Correlation> spread, gather;  // to the image, from the image
  std::unique_ptr<WeightGradient> weights;
  int64_t kernel_count = 1, outputs, channels;  // of a group: of the image, of the places
};

template <>
Deconvolution<OnCpu>::Deconvolution(LayerArguments arguments) : Layer<OnCpu>(std::move(arguments)) {
  const int64_t group = args.attributes.integer("group", 1);
  for (size_t i = 0; i < args.bottoms.size(); ++i) {
    const Tensor &x = bottom(i).data, &y = top(i).data, &dx = bottom(i).diff, &dy = top(i).diff;
    if (x.rows == 0 || y.rows == 0) throw std::invalid_argument("a deconvolution of no channels or places");
    auto pass = std::make_unique<Pass>();
    const auto axes = spatial_axes(args.attributes, y);
    std::vector<int64_t> image, places;
    for (const SpatialAxis& axis : axes) {
      image.push_back(axis.in);
      places.push_back(axis.out);
      pass->kernel_count *= axis.kernel;
    }
    const int64_t outputs = pass->outputs = y.dim(y.split) / group;
    const int64_t channels = pass->channels = x.dim(x.split) / group;
    pass->spread = std::make_unique<Correlation>(
        Correlation::Shape{group, outputs, channels, axes, Correlation::kBackward, channel_step(x), channel_step(y),
                           steps(places, x.pitch), steps(image, y.pitch), x.cols});
    if (dx && dy) {
      pass->gather = std::make_unique<Correlation>(
          Correlation::Shape{group, channels, outputs, axes, Correlation::kForward, channel_step(dy), channel_step(dx),
                             steps(image, dy.pitch), steps(places, dx.pitch), x.cols});
    }
    if (dy) {
      pass->weights = std::make_unique<WeightGradient>(
          WeightGradient::Shape{group, channels, outputs, axes, channel_step(dy), channel_step(x),
                                steps(image, dy.pitch), steps(places, x.pitch), x.cols});
    }
    passes_.push_back(std::move(pass));
  }
}

template <>
Deconvolution<OnCpu>::~Deconvolution() = default;

template <>
int64_t Deconvolution<OnCpu>::packed_size() const {
  return (param(0).data.count() + 15) / 16 * 16;
}

template <>
int64_t Deconvolution<OnCpu>::scratch() const {
  int64_t copies = 0;
  for (const auto& pass : passes_) {
    copies = std::max(copies, pass->spread->scratch());
    if (pass->gather) copies = std::max(copies, pass->gather->scratch());
    if (pass->weights) copies = std::max(copies, pass->weights->scratch());
  }
  return packed_size() + copies;
}

template <>
void Deconvolution<OnCpu>::forward(OnCpu& on) {
  float* packed = on.scratch();
  const float* bias = args.params.size() > 1 ? param(1).data.data : nullptr;
  for (size_t i = 0; i < passes_.size(); ++i) {
    const Pass& pass = *passes_[i];
    if (i == 0) {
      pass.spread->pack(on, param(0).data.data, pass.kernel_count, pass.outputs * pass.kernel_count, packed);
    }
    pass.spread->run(on, bottom(i).data.data, packed, bias, args.attributes.flag("relu"), top(i).data.data,
                      packed + packed_size());
  }
}

namespace {

// db += the sum of each channel of dy, over places and images.
void add_channel_sums(OnCpu& on, const Tensor& dy, float* db) {
  const int64_t channels = dy.dim(dy.split), places = dy.rows / channels;
  on.parallel(channels, [=](int64_t c) {
    alignas(64) float vector[16] = {};
    float sum;
    kernels().row_sums(dy.data + c * places * dy.pitch, 1, 0, places, dy.pitch, dy.cols, vector);
    kernels().fold(vector, 1, &sum);
    db[c] += sum;
  });
}

}  // namespace

template <>
void Deconvolution<OnCpu>::backward(OnCpu& on) {
  bool is_packed = false;
  for (size_t i = 0; i < passes_.size(); ++i) {
    const Pass& pass = *passes_[i];
    const float* dy = top(i).diff.data;
    if (!dy) {  // nothing comes back
      const Tensor dx = bottom(i).diff;
      if (dx) on.fill(dx, 0);
      continue;
    }
    if (float* dw = param(0).diff.data) {
      pass.weights->add(on, dy, bottom(i).data.data, dw, nullptr, on.scratch() + packed_size());
    }
    if (args.params.size() > 1 && param(1).diff) add_channel_sums(on, top(i).diff, param(1).diff.data);
    if (!pass.gather) continue;
    float* packed = on.scratch();
    if (!is_packed) {
      pass.gather->pack(on, param(0).data.data, pass.outputs * pass.kernel_count, pass.kernel_count, packed);
    }
    is_packed = true;
    pass.gather->run(on, dy, packed, nullptr, false, bottom(i).diff.data, packed + packed_size());
  }
}

template class Deconvolution<OnCpu>;

}  // namespace siamese
