// Which places feed which along a spatial axis of a convolution.
#pragma once
#include <cstdint>
#include <vector>

namespace siamese {

// One spatial axis of a convolution, as Caffe's options have it.
struct SpatialAxis {
  int64_t in, out, kernel, stride, pad, dilation;
};

// Axes in which nothing moves become one with the axis before them, their steps too.
void merge_axes(std::vector<SpatialAxis>& axes, std::vector<int64_t>& in_steps, std::vector<int64_t>& out_steps);

// Which source places feed each destination place along one axis, and by which part of the kernel. The places near an
// edge have lists of their own; all others share one, moved along.
struct AxisTaps {
  struct Entry {
    int64_t kernel, source;  // source counts from the list's first
    bool operator==(const Entry& o) const { return kernel == o.kernel && source == o.source; }
  };
  std::vector<std::vector<Entry>> lists;
  std::vector<int> list;       // by destination
  std::vector<int64_t> first;  // by destination: where the list's first source lies

  static AxisTaps forward(const SpatialAxis& axis);   // outputs from inputs
  static AxisTaps backward(const SpatialAxis& axis);  // inputs from outputs
  void add(const std::vector<Entry>& entries, int64_t first_source);
};

}  // namespace siamese
