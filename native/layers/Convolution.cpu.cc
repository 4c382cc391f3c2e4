// Convolution on the CPU: panels over rows of images forward and for the data, dot products of rows for the weights.
#include "Convolution.h"

#include <algorithm>
#include <stdexcept>

#include "../cpu/kernels_correlate.h"
#include "../cpu/kernels_weights.h"
#include "../cpu/on_cpu.h"
#include "spatial.h"

namespace siamese {

template <>
struct Convolution<OnCpu>::Pass {
  std::unique_ptr<Correlation> forward, data;
  std::unique_ptr<WeightGradient> weights;
  int64_t kernel_count = 1, channels, outputs;  // of a group
  // Pooled: where each maximum was; and the gradient of what was pooled, in scratch, unless the weights' alone is
  // wanted.
  bool pooled = false;
  Correlation::Pool pool = {};
  WeightGradient::Pooled unpool = {};
  std::vector<uint8_t> index;
  int64_t places[2] = {}, pitch = 0;
  bool in_scratch = false;
};

template <>
Convolution<OnCpu>::Convolution(LayerArguments arguments) : Layer<OnCpu>(std::move(arguments)) {
  const int64_t group = args.attributes.integer("group", 1);
  for (size_t i = 0; i < args.bottoms.size(); ++i) {
    const Tensor &x = bottom(i).data, &y = top(i).data, &dx = bottom(i).diff, &dy = top(i).diff;
    if (x.rows == 0 || y.rows == 0) throw std::invalid_argument("a convolution of no channels or places");
    auto pass = std::make_unique<Pass>();
    const auto axes = spatial_axes(args.attributes, x);
    std::vector<int64_t> in_sizes, out_sizes;
    for (const SpatialAxis& axis : axes) {
      in_sizes.push_back(axis.in);
      out_sizes.push_back(axis.out);
      pass->kernel_count *= axis.kernel;
    }
    const int64_t in = pass->channels = x.dim(x.split) / group, out = pass->outputs = y.dim(y.split) / group;
    int64_t dy_pitch = dy ? dy.pitch : 0, dy_channel = dy ? channel_step(dy) : 0;
    if (args.attributes.has("pool_kernel")) {
      const auto size = integers(args.attributes.list("pool_kernel")),
                 by = integers(args.attributes.list("pool_stride"));
      if (axes.size() != 2 || size[0] * size[1] > Correlation::kMostPooled || by[0] < size[0] || by[1] < size[1]) {
        throw std::invalid_argument("a pooling that a convolution cannot take in");
      }
      pass->pooled = true;
      pass->index.assign(static_cast<size_t>(y.rows * y.pitch), Places::kNowhere);
      const int64_t h = y.dim(y.split + 1), w = y.dim(y.split + 2);
      pass->pool = {size[0], size[1], by[0], by[1], h, w, channel_step(y), w * y.pitch, y.pitch, pass->index.data()};
      pass->unpool = {size[0],      size[1],  by[0],   by[1],           h,           w,       dy_channel,
                      w * dy_pitch, dy_pitch, dy.data, channel_step(y), w * y.pitch, y.pitch, pass->index.data()};
      pass->places[0] = out_sizes[0];
      pass->places[1] = out_sizes[1];
      pass->pitch = dy_pitch = (x.cols + 15) / 16 * 16;
      dy_channel = out_sizes[0] * out_sizes[1] * dy_pitch;
    }
    const std::vector<int64_t> x_steps = steps(in_sizes, x.pitch), dy_steps = steps(out_sizes, dy_pitch);
    pass->forward = std::make_unique<Correlation>(
        Correlation::Shape{group, out, in, axes, Correlation::kForward, channel_step(x), channel_step(y), x_steps,
                           steps(out_sizes, y.pitch), x.cols, pass->pooled});
    if (dx && dy) {
      pass->data = std::make_unique<Correlation>(
          Correlation::Shape{group, in, out, axes, Correlation::kBackward, dy_channel, channel_step(dx), dy_steps,
                             steps(in_sizes, dx.pitch), x.cols});
    }
    if (dy) {
      pass->weights = std::make_unique<WeightGradient>(
          WeightGradient::Shape{group, out, in, axes, channel_step(x), dy_channel, x_steps, dy_steps, x.cols,
                                !pass->pooled});
      pass->in_scratch = pass->pooled && pass->data;
    }
    passes_.push_back(std::move(pass));
  }
}

template <>
Convolution<OnCpu>::~Convolution() = default;

template <>
int64_t Convolution<OnCpu>::packed_size() const {
  return (param(0).data.count() + 15) / 16 * 16;
}

template <>
int64_t Convolution<OnCpu>::copies_size() const {
  int64_t most = 0;
  for (const auto& pass : passes_) {
    most = std::max(most, pass->forward->scratch());
    if (pass->data) most = std::max(most, pass->data->scratch());
    if (pass->weights) most = std::max(most, pass->weights->scratch());
  }
  return (most + 15) / 16 * 16;
}

template <>
int64_t Convolution<OnCpu>::scratch() const {
  int64_t gradient = 0;
  for (const auto& pass : passes_) {
    if (pass->in_scratch)
      gradient = std::max(gradient, top(0).data.dim(1) * pass->places[0] * pass->places[1] * pass->pitch);
  }
  return packed_size() + copies_size() + gradient;  // the gradient of what was pooled
}

template <>
void Convolution<OnCpu>::forward(OnCpu& on) {
  float* packed = on.scratch();
  const float* bias = args.params.size() > 1 ? param(1).data.data : nullptr;
  const bool relu = args.attributes.flag("relu");
  for (size_t i = 0; i < passes_.size(); ++i) {
    const Pass& pass = *passes_[i];
    const float* x = bottom(i).data.data;
    if (i == 0) {
      pass.forward->pack(on, param(0).data.data, pass.channels * pass.kernel_count, pass.kernel_count, packed);
    }
    if (pass.pooled) {
      pass.forward->run_pooled(on, x, packed, bias, relu, pass.pool, top(i).data.data);
    } else {
      pass.forward->run(on, x, packed, bias, relu, top(i).data.data, packed + packed_size());
    }
  }
}

// The gradient of the correlation itself; of what was pooled, spread out in scratch.
template <>
const float* Convolution<OnCpu>::gradient(OnCpu& on, const Pass& pass, size_t i) {
  if (!pass.in_scratch) return top(i).diff.data;
  float* whole = on.scratch() + packed_size() + copies_size();
  const int64_t channels = top(i).data.dim(1), size = pass.places[0] * pass.places[1] * pass.pitch;
  on.parallel(channels * pass.places[0], [&](int64_t task) {
    const int64_t channel = task / pass.places[0], line = task % pass.places[0];
    pass.weights->unpool(pass.unpool, channel, line, whole + channel * size + line * pass.places[1] * pass.pitch);
  });
  return whole;
}

template <>
void Convolution<OnCpu>::backward(OnCpu& on) {
  bool is_packed = false;
  for (size_t i = 0; i < passes_.size(); ++i) {
    const Pass& pass = *passes_[i];
    const float* dy = gradient(on, pass, i);
    float* dw = param(0).diff.data;
    float* db = args.params.size() > 1 ? param(1).diff.data : nullptr;
    if (dw || db) {
      if (pass.pooled && !pass.in_scratch) {
        pass.weights->add(on, bottom(i).data.data, pass.unpool, dw, db);
      } else {
        pass.weights->add(on, bottom(i).data.data, dy, dw, db, on.scratch() + packed_size());
      }
    }
    if (!pass.data) continue;
    float* packed = on.scratch();
    if (!is_packed) {
      pass.data->pack(on, param(0).data.data, pass.kernel_count, pass.channels * pass.kernel_count, packed);
    }
    is_packed = true;
    pass.data->run(on, dy, packed, nullptr, false, bottom(i).diff.data, packed + packed_size());
  }
}

template class Convolution<OnCpu>;

}  // namespace siamese
