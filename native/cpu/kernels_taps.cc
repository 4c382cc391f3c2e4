// Lists of taps, one for all places that have the same, moved along.
#include "kernels_taps.h"

#include <algorithm>

namespace siamese {

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
