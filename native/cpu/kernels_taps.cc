// Lists of taps, one for all places that have the same, moved along.
#include "kernels_taps.h"

#include <algorithm>

namespace siamese {

namespace {

bool is_one(const SpatialAxis& axis) { return axis.kernel == 1 && axis.stride == 1 && axis.pad == 0; }

}  // namespace

void merge_axes(std::vector<SpatialAxis>& axes, std::vector<int64_t>& in_steps, std::vector<int64_t>& out_steps) {
  for (size_t n = axes.size(); n >= 2 && is_one(axes[n - 1]) && is_one(axes[n - 2]); --n) {
    axes[n - 2].in = axes[n - 2].out = axes[n - 2].in * axes[n - 1].in;
    in_steps[n - 2] = in_steps[n - 1];
    out_steps[n - 2] = out_steps[n - 1];
    axes.pop_back();
    in_steps.pop_back();
    out_steps.pop_back();
  }
}

void AxisTaps::add(const std::vector<Entry>& entries, int64_t first_source) {
  auto found = std::find(lists.begin(), lists.end(), entries);
  list.push_back(static_cast<int>(found - lists.begin()));
  first.push_back(first_source);
  if (found == lists.end()) lists.push_back(entries);
}

AxisTaps AxisTaps::forward(const SpatialAxis& axis) {
  AxisTaps taps;
  for (int64_t o = 0; o < axis.out; ++o) {
    std::vector<Entry> entries;
    int64_t first = 0;
    for (int64_t k = 0; k < axis.kernel; ++k) {
      const int64_t i = o * axis.stride - axis.pad + k * axis.dilation;
      if (i < 0 || i >= axis.in) continue;
      if (entries.empty()) first = i;
      entries.push_back({k, i - first});
    }
    taps.add(entries, first);
  }
  return taps;
}

AxisTaps AxisTaps::backward(const SpatialAxis& axis) {
  AxisTaps taps;
  for (int64_t i = 0; i < axis.in; ++i) {
    std::vector<Entry> entries;
    int64_t first = 0;
    for (int64_t k = 0; k < axis.kernel; ++k) {
      const int64_t from = i + axis.pad - k * axis.dilation;
      if (from < 0 || from % axis.stride != 0 || from / axis.stride >= axis.out) continue;
      const int64_t o = from / axis.stride;
      if (entries.empty()) first = o;
      entries.push_back({k, o - first});
    }
    taps.add(entries, first);
  }
  return taps;
}

}  // namespace siamese
