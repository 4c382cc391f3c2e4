// Sums and maps over a span of neighbouring floats, as the passes of a normalisation want them.
#pragma once
#include "kernels.h"
#include "kernels_simd.h"
#include "kernels_window.h"

namespace siamese {
namespace SIAMESE_ISA {

// Floats summed in vectors of floats before they go to a double: rounding stays that of a few hundred additions.
constexpr int64_t kSpan = 4096;

// The sum of term(n, load) over [0, n); term gives a vector.
template <class Term>
inline double sum_span(int64_t count, const Term& term) {
  double total = 0;
  for (int64_t from = 0; from < count; from += kSpan) {
    const int64_t end = from + kSpan < count ? from + kSpan : count;
    Vector sums[4] = {};
    int64_t n = from;
    for (; n + 4 * kWidth <= end; n += 4 * kWidth) {
      SIAMESE_UNROLL
      for (int i = 0; i < 4; ++i) sums[i] += term(n + i * kWidth, [](const float* p) { return load(p); });
    }
    for (; n + kWidth <= end; n += kWidth) sums[0] += term(n, [](const float* p) { return load(p); });
    total += lane_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    for (; n < end; ++n) {
      const Part one(1);
      total += term(n, [&](const float* p) { return one.load(p); })[0];
    }
  }
  return total;
}

inline double span_sum(const float* x, int64_t n) {
  return sum_span(n, [=](int64_t i, const auto& at) { return at(x + i); });
}

inline double span_deviations(const float* x, float mean, int64_t n) {
  return sum_span(n, [=](int64_t i, const auto& at) {
    const Vector off = at(x + i) - mean;
    return off * off;
  });
}

inline double span_products(const float* x, float mean, const float* dy, int64_t n) {
  return sum_span(n, [=](int64_t i, const auto& at) { return (at(x + i) - mean) * at(dy + i); });
}

inline void span_affine(const float* x, const SpanAffine& by, float* y, int64_t n) {
  const Vector least = broadcast(by.relu ? 0 : -__builtin_inff());
  for_vectors(n, [&](int64_t i, const auto& load_at, const auto& store_at) {
    store_at(y + i, larger(least, (load_at(x + i) - by.mean) * by.factor + by.shift));
  });
}

inline void span_combine(const float* dy, const float* x, const SpanCombine& by, float* dx, int64_t n) {
  for_vectors(n, [&](int64_t i, const auto& load_at, const auto& store_at) {
    store_at(dx + i, (load_at(dy + i) - by.dy_mean - (load_at(x + i) - by.x_mean) * by.slope) * by.factor);
  });
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
