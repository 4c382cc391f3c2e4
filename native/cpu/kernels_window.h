// One pooling window at a time, its rows of columns as vectors.
#pragma once
#include <cfloat>

#include "kernels.h"
#include "kernels_simd.h"

namespace siamese {
namespace SIAMESE_ISA {

// body(n, load, store) for each vector of cols, the last one perhaps in part.
template <class Body>
inline void for_vectors(int64_t cols, const Body& body) {
  int64_t n = 0;
  for (; n + kWidth <= cols; n += kWidth) {
    body(n, [](const float* p) { return load(p); }, [](float* p, Vector v) { store(p, v); });
  }
  if (n == cols) return;
  const Part part(cols - n);
  body(n, [&](const float* p) { return part.load(p); }, [&](float* p, Vector v) { part.store(p, v); });
}

// body(place) in scan order.
template <class Body>
inline void for_places(const Window& window, const Body& body) {
  for (int64_t h = window.top; h < window.bottom; ++h) {
    for (int64_t w = window.left; w < window.right; ++w) body(h * window.width + w);
  }
}

inline void max_window(const Window& window, const float* x, int64_t x_pitch, float* y, int64_t cols) {
  for_vectors(cols, [&](int64_t n, const auto& load_at, const auto& store_at) {
    Vector most = broadcast(-FLT_MAX);
    for_places(window, [&](int64_t place) { most = larger(load_at(x + place * x_pitch + n), most); });
    store_at(y + n, most);
  });
}

inline void average_window(const Window& window, float size, const float* x, int64_t x_pitch, float* y, int64_t cols) {
  for_vectors(cols, [&](int64_t n, const auto& load_at, const auto& store_at) {
    Vector sum{};
    for_places(window, [&](int64_t place) { sum += load_at(x + place * x_pitch + n); });
    store_at(y + n, sum / size);
  });
}

inline void max_window_backward(const Window& window, const float* x, int64_t x_pitch, const float* y, const float* dy,
                                float* dx, int64_t dx_pitch, int64_t cols) {
  for_vectors(cols, [&](int64_t n, const auto& load_at, const auto& store_at) {
    const Vector most = load_at(y + n), g = load_at(dy + n);
    Flags open = Flags{} - 1;
    for_places(window, [&](int64_t place) {
      const Flags here = (load_at(x + place * x_pitch + n) == most) & open;
      open &= ~here;
      float* to = dx + place * dx_pitch + n;
      const Vector part = here ? g : Vector{};
      store_at(to, window.assign ? part : load_at(to) + part);
    });
  });
}

inline void average_window_backward(const Window& window, float size, const float* dy, float* dx, int64_t dx_pitch,
                                    int64_t cols) {
  for_vectors(cols, [&](int64_t n, const auto& load_at, const auto& store_at) {
    const Vector part = load_at(dy + n) / size;
    for_places(window, [&](int64_t place) {
      float* to = dx + place * dx_pitch + n;
      store_at(to, window.assign ? part : load_at(to) + part);
    });
  });
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
