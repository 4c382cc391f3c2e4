// The panel: a block of rows x vectors of a product kept in registers, one weight broadcast against them at a time.
#pragma once
#include "kernels.h"
#include "kernels_simd.h"

namespace siamese {
namespace SIAMESE_ISA {

template <int kRows, int kVectors, bool kUnitRow, bool kWhole>
inline void run_panel(const PanelArguments& a) {
  const Part last(a.cols - (kVectors - 1) * kWidth);
  const auto load_at = [&](const float* p, int v) {
    return kWhole || v < kVectors - 1 ? load(p + v * kWidth) : last.load(p + v * kWidth);
  };

  Vector sum[kRows][kVectors];
  if (a.accumulate) {
    SIAMESE_UNROLL
    for (int m = 0; m < kRows; ++m) {
      SIAMESE_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[m][v] = load_at(a.y + m * a.y_step, v);
    }
  } else {
    SIAMESE_UNROLL
    for (int m = 0; m < kRows; ++m) {
      const Vector start = a.start ? broadcast(a.start[m]) : Vector{};
      SIAMESE_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[m][v] = start;
    }
  }

  const int64_t x_step = a.x_step, w_step = a.w_step, w_row = kUnitRow ? 1 : a.w_row;
  for (const Tap *tap = a.taps, *end = a.taps + a.tap_count; tap != end; ++tap) {
    const float* x = a.x + tap->x;
    const float* w = a.w + tap->w * a.w_unit;
    for (int64_t i = a.inner; i > 0; --i) {
      Vector in[kVectors];
      SIAMESE_UNROLL
      for (int v = 0; v < kVectors; ++v) in[v] = load_at(x, v);
      SIAMESE_UNROLL
      for (int m = 0; m < kRows; ++m) {
        const Vector weight = broadcast(w[m * w_row]);
        SIAMESE_UNROLL
        for (int v = 0; v < kVectors; ++v) sum[m][v] += weight * in[v];
      }
      x += x_step;
      w += w_step;
    }
  }

  float* const y = a.y;
  const int64_t y_step = a.y_step;
  const Vector least = broadcast(a.relu ? 0 : -__builtin_inff());
  SIAMESE_UNROLL
  for (int m = 0; m < kRows; ++m) {
    // Last, as Caffe does: the rounding then is Caffe's, and so is which of two nearly equal outputs a pooling takes.
    const Vector bias = a.bias ? broadcast(a.bias[m]) : Vector{};
    SIAMESE_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const Vector out = larger(least, sum[m][v] + bias);
      if (kWhole || v < kVectors - 1) {
        store(y + m * y_step + v * kWidth, out);
      } else {
        last.store(y + m * y_step + v * kWidth, out);
      }
    }
  }
}

template <int kRows, int kVectors, bool kUnitRow>
void panel(const PanelArguments& a) {
  if (a.cols == kVectors * kWidth) {
    run_panel<kRows, kVectors, kUnitRow, true>(a);
  } else {
    run_panel<kRows, kVectors, kUnitRow, false>(a);
  }
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
