// The spatial axes of a convolution's blobs, from its attributes and tensors.
#pragma once
#include <vector>

#include "../cpu/kernels_taps.h"
#include "../engine/attributes.h"
#include "../engine/tensor.h"

namespace siamese {

inline std::vector<int64_t> integers(const std::vector<double>& list) { return {list.begin(), list.end()}; }

// Of a convolution of x, whose `split` is the channel axis.
inline std::vector<SpatialAxis> spatial_axes(const Attributes& attributes, const Tensor& x) {
  const auto kernel = integers(attributes.list("kernel")), stride = integers(attributes.list("stride"));
  const auto pad = integers(attributes.list("pad")), dilation = integers(attributes.list("dilation"));
  std::vector<SpatialAxis> axes;
  for (size_t d = 0; d < kernel.size(); ++d) {
    const int64_t in = x.dim(x.split + 1 + static_cast<int>(d)), extent = dilation[d] * (kernel[d] - 1) + 1;
    axes.push_back({in, (in + 2 * pad[d] - extent) / stride[d] + 1, kernel[d], stride[d], pad[d], dilation[d]});
  }
  return axes;
}

// Floats from one place to the next along axes of these sizes, when a place takes `pitch`.
inline std::vector<int64_t> steps(const std::vector<int64_t>& sizes, int64_t pitch) {
  std::vector<int64_t> steps(sizes.size());
  for (size_t d = steps.size(); d-- > 0; pitch *= sizes[d]) steps[d] = pitch;
  return steps;
}

inline int64_t channel_step(const Tensor& t) { return t.rows / t.dim(t.split) * t.pitch; }

}  // namespace siamese
