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

inline void max_places(const Places& window, const float* x, int64_t x_pitch, float least, int64_t channels, float* y,
                       int64_t y_step, uint8_t* index, int64_t index_step, int64_t cols) {
  for (int64_t m = 0; m < channels; ++m) {
    const float* from = x + m * window.height * window.width * x_pitch;
    for_vectors(cols, [&](int64_t n, const auto& load_at, const auto& store_at) {
      Vector most = broadcast(least);
      Flags best = Flags{} + Places::kNowhere;
      for (int64_t h = 0; h < window.rows; ++h) {
        for (int64_t w = 0; w < window.cols; ++w) {
          const int64_t i = h * window.width + w;
          const Vector here = load_at(from + i * x_pitch + n);
          const Flags above = here > most;
          best = above ? Flags{} + static_cast<int32_t>(i) : best;
          most = above ? here : most;
        }
      }
      store_at(y + m * y_step + n, most);
      uint8_t* to = index + m * index_step + n;
      if (n + kWidth <= cols) {
        store_bytes(to, best);
      } else {
        for (int64_t i = 0; n + i < cols; ++i) to[i] = static_cast<uint8_t>(best[i]);
      }
    });
  }
}

inline void unpool(const uint8_t* index, int place, const float* dy, float* dx, int64_t cols) {
  for_vectors(cols, [&](int64_t n, const auto& load_at, const auto& store_at) {
    Flags from{};
    if (n + kWidth <= cols) {
      from = load_bytes(index + n);
    } else {
      for (int64_t i = 0; n + i < cols; ++i) from[i] = index[n + i];
    }
    const Flags here = from == place;
    store_at(dx + n, here ? load_at(dy + n) : Vector{});
  });
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
