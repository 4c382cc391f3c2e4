// A learned matrix W (rows x depth) that layers of several products share, in each direction, on a backend.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

struct Matrix {
  const float* w = nullptr;  // rows x depth, without gaps
  int64_t rows = 0, depth = 0;

  Matrix() = default;
  explicit Matrix(const Tensor& t) : w(t.data), rows(t.shape[0]), depth(t.count() / t.shape[0]) {}
};

// y (rows x n) = W x (depth x n) + bias, or y += W x.
template <class On>
void apply(On& on, const Matrix& matrix, const View& x, const View& y, const float* bias, bool add);

// dx (depth x n) = W^T dy (rows x n).
template <class On>
void apply_transposed(On& on, const Matrix& matrix, const View& dy, const View& dx);

// dw (rows x depth) += dy x^T, where dw is wanted; `turned` has room for x.
template <class On>
void add_gradient(On& on, const View& dy, const View& x, float* dw, float* turned);

// db += the sums of dy's rows, where db is wanted.
template <class On>
void add_bias_gradient(On& on, const View& dy, float* db);

class OnCpu;
class OnCuda;
template <>
void apply(OnCuda& on, const Matrix& matrix, const View& x, const View& y, const float* bias, bool add);
template <>
void apply_transposed(OnCuda& on, const Matrix& matrix, const View& dy, const View& dx);
template <>
void add_gradient(OnCuda& on, const View& dy, const View& x, float* dw, float* turned);
template <>
void add_bias_gradient(OnCuda& on, const View& dy, float* db);
template <>
void apply(OnCpu& on, const Matrix& matrix, const View& x, const View& y, const float* bias, bool add);
template <>
void apply_transposed(OnCpu& on, const Matrix& matrix, const View& dy, const View& dx);
template <>
void add_gradient(OnCpu& on, const View& dy, const View& x, float* dw, float* turned);
template <>
void add_bias_gradient(OnCpu& on, const View& dy, float* db);

}  // namespace siamese
