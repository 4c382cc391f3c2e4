// What a weight gradient goes through, listed once when a layer is made: blocks of taps, planes of places.
#include <algorithm>

#include "kernels_blocks.h"
#include "kernels_weights.h"

namespace siamese {

namespace {

constexpr int64_t kFewChannels = 4;  // fewer: blocks of taps run along the last axis, else over channels

}  // namespace

// The outputs whose tap `kernel` lies within x.
WeightGradient::Range WeightGradient::fed(const SpatialAxis& axis, int64_t kernel) {
  const int64_t shift = kernel * axis.dilation - axis.pad;  // input = output * stride + shift
  const int64_t first = shift >= 0 ? 0 : (-shift + axis.stride - 1) / axis.stride;
  const int64_t last = axis.in - 1 < shift ? 0 : (axis.in - 1 - shift) / axis.stride + 1;
  return Range{first, last}.within({0, axis.out});
}

void WeightGradient::list_units() {
  struct Inner {
    int64_t channel, kernel;
  };
  // What blocks of taps are cut from: along the last axis, or over channels, a few channels' taps one after another so
  // that their rows of x stay in the first cache.
  std::vector<std::vector<Inner>> inner;
  if (s_.channels < kFewChannels) {
    inner.emplace_back();
    for (int64_t c = 0; c < s_.channels; ++c) {
      for (int64_t k = 0; k < w_.kernel; ++k) inner.back().push_back({c, k});
    }
  } else {
    const Blocks blocks = Blocks::of_at_most(s_.channels, kernels().dots_taps);
    for (int64_t b = 0; b < blocks.count; ++b) {
      for (int64_t k = 0; k < w_.kernel; ++k) {
        inner.emplace_back();
        for (int64_t c = blocks.begin(b); c < blocks.end(b); ++c) inner.back().push_back({c, k});
      }
    }
  }
  for (int64_t outer = 0; outer < kernel_count_ / w_.kernel; ++outer) {
    const int64_t kh = outer % h_.kernel;
    const int64_t x_line = s_.axes.size() > 1 ? (kh * h_.dilation - h_.pad) * s_.x_axis[s_.axes.size() - 2] : 0;
    for (const auto& taps : inner) {
      const Blocks blocks = Blocks::of_at_most(static_cast<int64_t>(taps.size()), kernels().dots_taps);
      for (int64_t b = 0; b < blocks.count; ++b) {
        Unit unit = {};
        unit.plane = outer / h_.kernel;
        unit.lines = fed(h_, kh);
        unit.count = blocks.size(b);
        unit.common = {0, w_.out};
        for (int64_t i = 0; i < unit.count; ++i) {
          const Inner tap = taps[blocks.begin(b) + i];
          const int64_t place = fold_ ? fold_->taps.lists[0][tap.kernel].source : tap.kernel * w_.dilation - w_.pad;
          const int64_t x_place = s_.axes.empty() ? 0 : place * s_.x_axis.back();
          unit.offset[i] = tap.channel * s_.x_channel + x_line + x_place;
          unit.weight[i] = tap.channel * kernel_count_ + outer * w_.kernel + tap.kernel;
          unit.places[i] = fed(w_, tap.kernel);
          unit.common = unit.common.within(unit.places[i]);
        }
        units_.push_back(unit);
      }
    }
  }
}

void WeightGradient::list_planes() {
  const int rank = std::max(0, static_cast<int>(s_.axes.size()) - 2);
  for (int d = 0; d < rank; ++d) {
    planes_ *= s_.axes[d].out;
    kernel_planes_ *= s_.axes[d].kernel;
  }
  for (int64_t plane = 0; plane < planes_; ++plane) {
    for (int64_t kernel_plane = 0; kernel_plane < kernel_planes_; ++kernel_plane) {
      int64_t x_at = 0, dy_at = 0, k = kernel_plane, o = plane;
      bool inside = true;
      for (int d = rank - 1; d >= 0; --d) {
        const SpatialAxis& axis = s_.axes[d];
        const int64_t i = o % axis.out * axis.stride - axis.pad + k % axis.kernel * axis.dilation;
        inside = inside && i >= 0 && i < axis.in;
        x_at += i * s_.x_axis[d];
        dy_at += o % axis.out * s_.dy_axis[d];
        o /= axis.out;
        k /= axis.kernel;
      }
      plane_x_.push_back(inside ? x_at : -1);
      if (kernel_plane == 0) plane_dy_.push_back(dy_at);
    }
  }
}

}  // namespace siamese
