// Dot products of rows with rows: a block of rows x taps of vector sums kept in registers; and the sums they end in.
#pragma once
#include "kernels.h"
#include "kernels_simd.h"

namespace siamese {
namespace SIAMESE_ISA {

template <int kRows, int kTaps>
void dots(const DotsArguments& a) {
  Vector sum[kRows][kTaps];
  float* const sums = a.sums;
  const int64_t sums_row = a.sums_row;
  SIAMESE_UNROLL
  for (int m = 0; m < kRows; ++m) {
    SIAMESE_UNROLL
    for (int k = 0; k < kTaps; ++k) sum[m][k] = load(sums + (m * sums_row + k) * kWidth);
  }
  const float* x[kTaps];
  SIAMESE_UNROLL
  for (int k = 0; k < kTaps; ++k) x[k] = a.x + a.offsets[k];

  const auto add = [&](const float* dy, int64_t at, const auto& load_at) __attribute__((always_inline)) {
    Vector in[kTaps];
    SIAMESE_UNROLL
    for (int k = 0; k < kTaps; ++k) in[k] = load_at(x[k] + at);
    SIAMESE_UNROLL
    for (int m = 0; m < kRows; ++m) {
      const Vector g = load_at(dy + m * a.dy_row);
      SIAMESE_UNROLL
      for (int k = 0; k < kTaps; ++k) sum[m][k] += g * in[k];
    }
  };
  const int64_t whole = a.cols / kWidth * kWidth;
  const Part rest(a.cols > whole ? a.cols - whole : 1);
  for (int64_t line = 0; line < a.lines; ++line) {
    for (int64_t p = 0; p < a.positions; ++p) {
      const float* dy = a.dy + line * a.dy_line + p * a.dy_step;
      const int64_t at = line * a.x_line + p * a.x_step;
      for (int64_t n = 0; n < whole; n += kWidth) add(dy + n, at + n, [](const float* from) { return load(from); });
      if (whole < a.cols) add(dy + whole, at + whole, [&](const float* from) { return rest.load(from); });
    }
  }

  SIAMESE_UNROLL
  for (int m = 0; m < kRows; ++m) {
    SIAMESE_UNROLL
    for (int k = 0; k < kTaps; ++k) store(sums + (m * sums_row + k) * kWidth, sum[m][k]);
  }
}

inline void row_sums(const float* dy, int64_t rows, int64_t dy_row, int64_t positions, int64_t dy_step, int64_t cols,
                     float* sums) {
  const int64_t whole = cols / kWidth * kWidth;
  const Part rest(cols > whole ? cols - whole : 1);
  for (int64_t m = 0; m < rows; ++m) {
    Vector even = load(sums + m * kWidth), odd{};
    for (int64_t p = 0; p < positions; ++p) {
      const float* g = dy + m * dy_row + p * dy_step;
      int64_t n = 0;
      for (; n + 2 * kWidth <= whole; n += 2 * kWidth) {
        even += load(g + n);
        odd += load(g + n + kWidth);
      }
      if (n < whole) even += load(g + n);
      if (whole < cols) odd += rest.load(g + whole);
    }
    store(sums + m * kWidth, even + odd);
  }
}

inline void fold(const float* sums, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = lane_sum(load(sums + i * kWidth));
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
