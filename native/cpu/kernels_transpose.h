// Transposes matrices in tiles of a vector's width, which stay in registers.
#pragma once
#include <utility>

#include "kernels_simd.h"

namespace siamese {
namespace SIAMESE_ISA {

// The lanes of two vectors in a given order, the second's counted from kWidth.
template <int... kLane>
inline Vector pick(Vector a, Vector b) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, kLane...);
#else
  return __builtin_shuffle(a, b, Flags{kLane...});
#endif
}

// Swaps what two rows kDistance apart hold for each other: lanes whose bit kDistance differs from the row's.
template <int kDistance, int... kLane>
inline void swap_lanes(Vector& a, Vector& b, std::integer_sequence<int, kLane...>) {
  const Vector first = pick<((kLane & kDistance) ? kWidth + kLane - kDistance : kLane)...>(a, b);
  b = pick<((kLane & kDistance) ? kWidth + kLane : kLane + kDistance)...>(a, b);
  a = first;
}

template <int kDistance>
inline void transpose_tile(Vector (&tile)[kWidth]) {
  SIAMESE_UNROLL
  for (int i = 0; i < kWidth; ++i) {
    if ((i & kDistance) == 0) {
      swap_lanes<kDistance>(tile[i], tile[i + kDistance], std::make_integer_sequence<int, kWidth>{});
    }
  }
  if constexpr (kDistance > 1) transpose_tile<kDistance / 2>(tile);
}

inline void transpose(const float* from, int64_t from_step, int64_t rows, int64_t cols, float* to, int64_t to_step) {
  for (int64_t r = 0; r < rows; r += kWidth) {
    const int64_t height = rows - r < kWidth ? rows - r : kWidth;
    const Part in_height(height);
    for (int64_t c = 0; c < cols; c += kWidth) {
      const int64_t width = cols - c < kWidth ? cols - c : kWidth;
      const float* const in = from + r * from_step + c;
      float* const out = to + c * to_step + r;
      Vector tile[kWidth];
      if (height == kWidth && width == kWidth) {
        SIAMESE_UNROLL
        for (int i = 0; i < kWidth; ++i) tile[i] = load(in + i * from_step);
        transpose_tile<kWidth / 2>(tile);
        SIAMESE_UNROLL
        for (int i = 0; i < kWidth; ++i) store(out + i * to_step, tile[i]);
        continue;
      }
      const Part in_width(width);
      SIAMESE_UNROLL
      for (int i = 0; i < kWidth; ++i) tile[i] = i < height ? in_width.load(in + i * from_step) : Vector{};
      transpose_tile<kWidth / 2>(tile);
      SIAMESE_UNROLL
      for (int i = 0; i < kWidth; ++i) {
        if (i < width) in_height.store(out + i * to_step, tile[i]);
      }
    }
  }
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
