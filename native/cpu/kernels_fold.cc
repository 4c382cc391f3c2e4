// Folds the last axis of a convolution, and copies lines into the form that this needs.
#include "kernels_fold.h"

#include <algorithm>
#include <cstring>

#include "kernels.h"

namespace siamese {

namespace {

constexpr int64_t kLines = 16;  // lines of a task

void copy(const float* from, int64_t floats, float* to) {
  std::memcpy(to, from, static_cast<size_t>(floats) * sizeof(float));
}

}  // namespace

std::pair<int64_t, int64_t> Lines::within(int64_t phase) const {
  const int64_t shift = phase - left;
  const int64_t first = std::min(length, shift >= 0 ? 0 : (-shift + stride - 1) / stride);
  return {first, std::max(first, std::min(length, places > shift ? (places - 1 - shift) / stride + 1 : int64_t{0}))};
}

void Lines::spread(OnCpu& on, const float* from, int64_t count, float* to, int64_t lines, int64_t gap) const {
  on.parallel((count + kLines - 1) / kLines, [=](int64_t task) {
    for (int64_t line = task * kLines; line < std::min(count, (task + 1) * kLines); ++line) {
      const float* const in = from + line * places * cols;
      float* out = to + line * floats() + line / lines * gap;
      for (int64_t phase = 0; phase < phases; ++phase, out += length * cols) {
        const int64_t shift = phase - left;
        const auto [first, last] = within(phase);
        std::fill(out, out + first * cols, 0.f);
        if (stride == 1) {
          copy(in + (first + shift) * cols, (last - first) * cols, out + first * cols);
        } else {
          for (int64_t p = first; p < last; ++p) copy(in + (p * stride + shift) * cols, cols, out + p * cols);
        }
        std::fill(out + last * cols, out + length * cols, 0.f);
      }
    }
  });
}

void Lines::collect(OnCpu& on, const float* from, int64_t count, float* to) const {
  on.parallel((count + kLines - 1) / kLines, [=](int64_t task) {
    for (int64_t line = task * kLines; line < std::min(count, (task + 1) * kLines); ++line) {
      const float* const in = from + line * floats();
      float* const out = to + line * places * cols;
      for (int64_t p = 0; p < places; ++p) copy(in + (p % stride * length + p / stride) * cols, cols, out + p * cols);
    }
  });
}

Fold Fold::forward(const SpatialAxis& axis, int64_t cols) {
  Fold fold = {{axis.in, cols, axis.stride, 1, 0, axis.pad}, {axis.out, cols, 1, 1, axis.out, 0}, {}, axis.out * cols};
  for (int64_t k = 0; k < axis.kernel; ++k) {
    const int64_t from = k * axis.dilation;
    fold.x.phases = std::max(fold.x.phases, from % axis.stride + 1);
    fold.x.length = std::max(fold.x.length, from / axis.stride + axis.out);
  }
  std::vector<AxisTaps::Entry> entries;
  for (int64_t k = 0; k < axis.kernel; ++k) {
    const int64_t from = k * axis.dilation;
    entries.push_back({k, from % axis.stride * fold.x.length + from / axis.stride});
  }
  fold.taps.add(entries, 0);
  return fold;
}

Fold Fold::backward(const SpatialAxis& axis, int64_t cols) {
  const int64_t phases = std::min(axis.stride, axis.in), length = (axis.in + axis.stride - 1) / axis.stride;
  Fold fold = {{axis.out, cols, 1, 1, 0, 0}, {axis.in, cols, axis.stride, phases, length, 0}, {}, length * cols};
  // Place p * stride + f of the input takes part k of the kernel from output p + (f + pad - k * dilation) / stride.
  const auto each = [&](int64_t phase, const auto& visit) {
    for (int64_t k = 0; k < axis.kernel; ++k) {
      const int64_t from = phase + axis.pad - k * axis.dilation;
      if (from % axis.stride == 0) visit(k, from / axis.stride);
    }
  };
  for (int64_t phase = 0; phase < phases; ++phase) {
    each(phase, [&](int64_t, int64_t shift) { fold.x.left = std::max(fold.x.left, -shift); });
  }
  for (int64_t phase = 0; phase < phases; ++phase) {
    std::vector<AxisTaps::Entry> entries;
    each(phase, [&](int64_t k, int64_t shift) {
      entries.push_back({k, shift + fold.x.left});
      fold.x.length = std::max(fold.x.length, shift + fold.x.left + length);
    });
    fold.taps.add(entries, 0);
  }
  return fold;
}

bool Fold::pays(int64_t cols) { return cols < 2 * kernels().width; }

}  // namespace siamese
