// What kernels capture of a tensor: a few plain values, so that a lambda copies to a GPU and vectorises.
#pragma once
#include <algorithm>
#include <cstdint>

#include "../engine/tensor.h"

namespace siamese {

struct View {
  float* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t pitch = 0;

  View() = default;
  View(const Tensor& t) : data(t.data), rows(t.rows), cols(t.cols), pitch(t.pitch) {}  // NOLINT: a tensor is a view

  explicit operator bool() const { return data != nullptr; }
  int64_t count() const { return rows * cols; }
  bool contiguous() const { return pitch == cols; }
  SIAMESE_HD float& at(int64_t r, int64_t c) const { return data[r * pitch + c]; }
  // By Caffe's index, counted in the order of the shape, whatever the split.
  SIAMESE_HD float& linear(int64_t index) const { return data[index % rows * pitch + index / rows]; }
  // Rows [start, start + n).
  View part(int64_t start, int64_t n) const {
    View v = *this;
    v.data += start * pitch;
    v.rows = n;
    return v;
  }
};

// y = f(x), element by element; x and y may be the same.
template <class On, class F>
void map(On& on, const View& x, const View& y, F f) {
  if (x.contiguous() && y.contiguous()) {
    return on.for_each(x.count(), [=] SIAMESE_HD(int64_t i) { y.data[i] = f(x.data[i]); });
  }
  on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { y.at(r, c) = f(x.at(r, c)); });
}

// y = f(a, b), element by element; y may be a or b.
template <class On, class F>
void map(On& on, const View& a, const View& b, const View& y, F f) {
  if (a.contiguous() && b.contiguous() && y.contiguous()) {
    return on.for_each(a.count(), [=] SIAMESE_HD(int64_t i) { y.data[i] = f(a.data[i], b.data[i]); });
  }
  on.for_each(a.rows, a.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { y.at(r, c) = f(a.at(r, c), b.at(r, c)); });
}

}  // namespace siamese
