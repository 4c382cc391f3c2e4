// Products with a learned matrix on a GPU, by cuBLAS.
#include "../cuda/matrices.h"
#include "matrix.h"

namespace siamese {

namespace {

DeviceMatrix matrix(const View& v) { return {v.data, v.rows, v.cols, v.pitch, v.step}; }
// rows x depth; cuBLAS only reads it.
DeviceMatrix matrix(const Matrix& m) { return {const_cast<float*>(m.w), m.rows, m.depth, m.depth, 1}; }

}  // namespace

template <>
void apply(OnCuda& on, const Matrix& m, const View& x, const View& y, const float* bias, bool add) {
  multiply(on, matrix(m), matrix(x), matrix(y), add);
  if (add || bias == nullptr) return;
  on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { y.at(r, c) += bias[r]; });
}

template <>
void apply_transposed(OnCuda& on, const Matrix& m, const View& dy, const View& dx) {
  multiply(on, matrix(m).transposed(), matrix(dy), matrix(dx), false);
}

template <>
void add_gradient(OnCuda& on, const View& dy, const View& x, float* dw, float*) {
  if (dw) multiply(on, matrix(dy), matrix(x).transposed(), {dw, dy.rows, x.rows, x.rows, 1}, true);
}

template <>
void add_bias_gradient(OnCuda& on, const View& dy, float* db) {
  if (!db) return;
  on.sum_over_cols(
      dy.rows, dy.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { return dy.at(r, c); },
      [=] SIAMESE_HD(int64_t r, float sum) { db[r] += sum; });
}

}  // namespace siamese
