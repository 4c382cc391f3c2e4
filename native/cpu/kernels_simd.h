// The vector type of the instruction set a file is compiled for, and what plain operators on it cannot say.
#pragma once
#include <cstdint>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace siamese {
namespace SIAMESE_ISA {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;  // SSE2, NEON
#endif

typedef float Vector __attribute__((vector_size(kWidth * 4)));
typedef float Unaligned __attribute__((vector_size(kWidth * 4), aligned(4), may_alias));
typedef int32_t Flags __attribute__((vector_size(kWidth * 4)));  // lane -1: yes, 0: no

inline Vector load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<Unaligned*>(p) = v; }
inline Vector broadcast(float f) { return f - Vector{}; }
inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }  // b where either is not a number

// The first n lanes, 0 < n <= kWidth: the others load as 0 and are not stored.
#if defined(__AVX512F__)
struct Part {
  __mmask16 mask;
  explicit Part(int64_t n) : mask(static_cast<__mmask16>(0xffffu >> (16 - n))) {}
  Vector load(const float* p) const { return _mm512_maskz_loadu_ps(mask, p); }
  void store(float* p, Vector v) const { _mm512_mask_storeu_ps(p, mask, v); }
};
#elif defined(__AVX__)
struct Part {
  __m256i mask;
  explicit Part(int64_t n) {
    Flags lanes{0, 1, 2, 3, 4, 5, 6, 7};
    mask = reinterpret_cast<__m256i>(lanes < static_cast<int32_t>(n));
  }
  Vector load(const float* p) const { return _mm256_maskload_ps(p, mask); }
  void store(float* p, Vector v) const { _mm256_maskstore_ps(p, mask, v); }
};
#else
struct Part {
  int64_t n;
  explicit Part(int64_t count) : n(count) {}
  Vector load(const float* p) const {
    Vector v{};
    for (int64_t i = 0; i < n; ++i) v[i] = p[i];
    return v;
  }
  void store(float* p, Vector v) const {
    for (int64_t i = 0; i < n; ++i) p[i] = v[i];
  }
};
#endif

// The lanes' sum, in pairs of halves.
inline float lane_sum(Vector v) {
  float lanes[kWidth];
  store(lanes, v);
  for (int half = kWidth / 2; half >= 1; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
