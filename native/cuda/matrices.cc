// Products of matrices by cuBLAS, which thinks in columns: a matrix whose columns are not one piece each is given as the
// transpose of what it is, and a product into such a matrix is computed as its transpose.
#include "matrices.h"

#include <algorithm>
#include <stdexcept>

namespace siamese {

namespace {

bool in_columns(const DeviceMatrix& m) { return m.row_step == 1 || m.rows == 1; }

// Elements from column to column of what cuBLAS is given.
int leading(const DeviceMatrix& m) {
  const int64_t least = in_columns(m) ? m.rows : m.cols, step = in_columns(m) ? m.col_step : m.row_step;
  const int64_t vectors = in_columns(m) ? m.cols : m.rows;  // of one the step says nothing
  return static_cast<int>(vectors == 1 ? least : std::max(least, step));
}

}  // namespace

void multiply(OnCuda& on, const DeviceMatrix& a, const DeviceMatrix& b, const DeviceMatrix& c, bool add) {
  if (c.rows == 0 || c.cols == 0) return;
  if (!in_columns(c)) return multiply(on, b.transposed(), a.transposed(), c.transposed(), add);
  for (int64_t size : {c.rows, c.cols, a.cols, a.row_step, a.col_step, b.row_step, b.col_step, c.col_step}) {
    if (size > INT32_MAX) throw std::invalid_argument("a matrix is too large for cuBLAS");
  }
  using Precision = EngineOptions::Precision;
  const Precision precision = on.options().precision;
  const cublasComputeType_t compute = precision == Precision::kFp32   ? CUBLAS_COMPUTE_32F
                                      : precision == Precision::kTf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                                                                      : CUBLAS_COMPUTE_32F_FAST_16BF;
  const float one = 1, beta = add ? 1 : 0;
  check(cublasGemmEx(on.cublas(), in_columns(a) ? CUBLAS_OP_N : CUBLAS_OP_T, in_columns(b) ? CUBLAS_OP_N : CUBLAS_OP_T,
                     static_cast<int>(c.rows), static_cast<int>(c.cols), static_cast<int>(a.cols), &one, a.data, CUDA_R_32F,
                     leading(a), b.data, CUDA_R_32F, leading(b), &beta, c.data, CUDA_R_32F, leading(c), compute,
                     CUBLAS_GEMM_DEFAULT),
        "multiplying matrices");
}

}  // namespace siamese
