// y = w x (+ bias) for matrices whose columns are innermost: the inner product layer in each direction.
#pragma once
#include <cstdint>

#include "on_cpu.h"

namespace siamese {

// y[m][n] = start + sum over k of w[m * w_row + k * w_step] * x[k * x_step + n]; start is y (accumulate), bias[m] or 0.
// One of w_row and w_step is 1. The order of summation depends on the sizes alone.
struct Product {
  const float* w;
  int64_t w_row, w_step;
  const float* x;
  int64_t x_step;
  float* y;
  int64_t y_step;
  int64_t rows, depth, cols;
  const float* bias = nullptr;
  bool accumulate = false;
  bool relu = false;
};
void multiply(OnCpu& on, const Product& product);

// y[m * y_step + n] = bias[m] + dot product of w[m] (w_step apart, depth long) and x[n] (x_step apart), for few n.
void multiply_rows(OnCpu& on, const float* w, int64_t w_step, const float* x, int64_t x_step, int64_t rows,
                   int64_t cols, int64_t depth, const float* bias, bool relu, float* y, int64_t y_step);

// sums[m] += sum of the cols floats at x + m * x_step
void add_row_sums(OnCpu& on, const float* x, int64_t x_step, int64_t rows, int64_t cols, float* sums);

}  // namespace siamese
