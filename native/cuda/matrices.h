// Products of matrices on a GPU, by cuBLAS, whichever way each of them lies in memory.
#pragma once
#include <cstdint>

#include "on_cuda.h"

namespace siamese {

// Element (r, c) is at data[r * row_step + c * col_step]; one of the steps is 1.
struct DeviceMatrix {
  float* data = nullptr;
  int64_t rows = 0, cols = 0;
  int64_t row_step = 1, col_step = 1;

  DeviceMatrix(float* at, int64_t r, int64_t c, int64_t by_row, int64_t by_col)
      : data(at), rows(r), cols(c), row_step(by_row), col_step(by_col) {}
  DeviceMatrix(const Tensor& t)  // NOLINT: a tensor is a matrix
      : DeviceMatrix(t.data, t.rows, t.cols, t.pitch, t.step) {}

  DeviceMatrix transposed() const { return {data, cols, rows, col_step, row_step}; }
};

// c = a b, or c += a b.
void multiply(OnCuda& on, const DeviceMatrix& a, const DeviceMatrix& b, const DeviceMatrix& c, bool add);

}  // namespace siamese
