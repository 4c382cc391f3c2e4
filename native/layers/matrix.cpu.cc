// Products with a learned matrix on the CPU: panels whose vectors run along the columns.
#include "../cpu/kernels.h"
#include "../cpu/kernels_product.h"
#include "../cpu/on_cpu.h"
#include "matrix.h"

namespace siamese {

template <>
void apply(OnCpu& on, const Matrix& m, const View& x, const View& y, const float* bias, bool add) {
  Product p = {m.w, m.depth, 1, x.data, x.pitch, y.data, y.pitch, m.rows, m.depth, x.cols};
  p.bias = add ? nullptr : bias;
  p.accumulate = add;
  multiply(on, p);
}

template <>
void apply_transposed(OnCpu& on, const Matrix& m, const View& dy, const View& dx) {
  multiply(on, {m.w, 1, m.depth, dy.data, dy.pitch, dx.data, dx.pitch, m.depth, m.rows, dy.cols});
}

template <>
void add_gradient(OnCpu& on, const View& dy, const View& x, float* dw, float* turned) {
  if (!dw) return;
  constexpr int64_t kRows = 64;  // of x in a task: some vectors of each of its columns
  on.parallel((x.rows + kRows - 1) / kRows, [=](int64_t block) {
    const int64_t r = block * kRows;
    kernels().transpose(x.data + r * x.pitch, x.pitch, std::min(kRows, x.rows - r), x.cols, turned + r, x.rows);
  });
  Product p = {dy.data, dy.pitch, 1, turned, x.rows, dw, x.rows, dy.rows, dy.cols, x.rows};
  p.accumulate = true;
  multiply(on, p);
}

template <>
void add_bias_gradient(OnCpu& on, const View& dy, float* db) {
  if (db) add_row_sums(on, dy.data, dy.pitch, dy.rows, dy.cols, db);
}

}  // namespace siamese
