// What kernels capture of a tensor: a few plain values, so that a lambda copies to a GPU and vectorises.
#pragma once
#include <algorithm>
#include <cstdint>

#include "../engine/host_device.h"
#include "../engine/tensor.h"

namespace siamese {

#ifdef SIAMESE_CUDA
using ColumnStep = int64_t;
#else
// On the CPU columns are neighbours, and the compiler knows it: vectors run along them.
struct ColumnStep {
  constexpr ColumnStep(int64_t = 1) {}  // NOLINT: whatever a tensor says, it is 1
  constexpr operator int64_t() const { return 1; }
};
#endif

struct View {
  float* data = nullptr;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t pitch = 0;
  ColumnStep step = 1;

  View() = default;
  View(const Tensor& t)  // NOLINT: a tensor is a view
      : data(t.data), rows(t.rows), cols(t.cols), pitch(t.pitch), step(t.step) {}

  SIAMESE_HD explicit operator bool() const { return data != nullptr; }
  SIAMESE_HD int64_t count() const { return rows * cols; }
  // Rows and columns without gaps: in order of columns, or (step > 1) of rows.
  bool contiguous() const { return step == 1 ? pitch == cols : pitch == 1 && step == rows; }
  SIAMESE_HD float& at(int64_t r, int64_t c) const { return data[r * pitch + c * step]; }
  // By Caffe's index, counted in the order of the shape, whatever the split.
  SIAMESE_HD float& linear(int64_t index) const { return data[index % rows * pitch + index / rows * step]; }
  // As large, without gaps, at `memory`.
  View packed(float* memory) const {
    View v = *this;
    v.data = memory;
    v.pitch = cols;
    v.step = 1;
    return v;
  }
  // Rows [start, start + n).
  View part(int64_t start, int64_t n) const {
    View v = *this;
    v.data += start * pitch;
    v.rows = n;
    return v;
  }
};

// Both without gaps and in one order: to be gone through as one row.
inline bool alike(const View& a, const View& b) {
  return a.contiguous() && b.contiguous() && (a.step == b.step || a.rows == 1 || a.cols == 1);
}

// y = f(x), element by element; x and y may be the same.
template <class On, class F>
void map(On& on, const View& x, const View& y, F f) {
  if (alike(x, y)) {
    return on.for_each(x.count(), [=] SIAMESE_HD(int64_t i) { y.data[i] = f(x.data[i]); });
  }
  on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { y.at(r, c) = f(x.at(r, c)); });
}

// y = f(a, b), element by element; y may be a or b.
template <class On, class F>
void map(On& on, const View& a, const View& b, const View& y, F f) {
  if (alike(a, y) && alike(b, y)) {
    return on.for_each(a.count(), [=] SIAMESE_HD(int64_t i) { y.data[i] = f(a.data[i], b.data[i]); });
  }
  on.for_each(a.rows, a.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { y.at(r, c) = f(a.at(r, c), b.at(r, c)); });
}

}  // namespace siamese
