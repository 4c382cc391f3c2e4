// Copies a tensor into another split or pitch, by tiles that stay in the first-level cache.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "on_cpu.h"

namespace siamese {

namespace {

constexpr int64_t kTile = 32;

struct Step {
  int64_t i, j;  // floats from one row, one column to the next
};

// to(i, j) = from(i, j) for a matrix given by strides.
void copy_matrix(const float* from, Step from_step, float* to, Step to_step, int64_t rows, int64_t cols) {
  for (int64_t i0 = 0; i0 < rows; i0 += kTile) {
    const int64_t i1 = std::min(rows, i0 + kTile);
    for (int64_t j0 = 0; j0 < cols; j0 += kTile) {
      const int64_t j1 = std::min(cols, j0 + kTile);
      for (int64_t i = i0; i < i1; ++i) {
        for (int64_t j = j0; j < j1; ++j) to[i * to_step.i + j * to_step.j] = from[i * from_step.i + j * from_step.j];
      }
    }
  }
}

int64_t product(const Shape& shape, int from, int to) {
  int64_t n = 1;
  for (int axis = from; axis < to; ++axis) n *= shape[static_cast<size_t>(axis)];
  return n;
}

}  // namespace

void OnCpu::relayout(const Tensor& from, const Tensor& to) {
  if (from.count() != to.count()) throw std::invalid_argument("relayout: the element counts differ");
  if (from.split == to.split) {
    if (from.contiguous() && to.contiguous()) {
      if (from.count()) std::memcpy(to.data, from.data, static_cast<size_t>(from.count()) * sizeof(float));
      return;
    }
    for_each(from.rows, from.cols, [=](int64_t r, int64_t c) { to.data[r * to.pitch + c] = from.data[r * from.pitch + c]; });
    return;
  }
  // The axes fall in three groups: p before both splits, q between them, r behind both. With fewer innermost axes the
  // address is (q * R + r) * pitch + p, with more it is r * pitch + p * Q + q.
  const bool widens = from.split < to.split;
  const Tensor few = widens ? from : to;
  const Tensor many = widens ? to : from;
  const Shape& shape = from.shape;
  const int64_t p_count = few.cols, q_count = product(shape, few.split, many.split), r_count = many.rows;
  const Step few_step{few.pitch, r_count * few.pitch}, many_step{many.pitch, 1};  // i: r, j: q
  const int64_t stripes = (r_count + kTile - 1) / kTile;
  const bool big = from.count() >= kSerialBelow;
  auto stripe = [=](int64_t s) {
    const int64_t r0 = s * kTile, rows = std::min(kTile, r_count - r0);
    for (int64_t p = 0; p < p_count; ++p) {
      float* few_at = few.data + r0 * few.pitch + p;
      float* many_at = many.data + r0 * many.pitch + p * q_count;
      if (widens) {
        copy_matrix(few_at, few_step, many_at, many_step, rows, q_count);
      } else {
        copy_matrix(many_at, many_step, few_at, few_step, rows, q_count);
      }
    }
  };
  if (big) {
    parallel(stripes, stripe);
  } else {
    for (int64_t s = 0; s < stripes; ++s) stripe(s);
  }
}

}  // namespace siamese
