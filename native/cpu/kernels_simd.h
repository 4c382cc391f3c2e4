// The vector type of the instruction set a file is compiled for, and what plain operators on it cannot say.
#pragma once
#include <cstdint>

#if defined(__AVX__)
#include <immintrin.h>
#endif

// In front of a loop whose length is a constant: its arrays of vectors then live in registers.
#if defined(__clang__)
#define SIAMESE_UNROLL _Pragma("unroll")
#else
#define SIAMESE_UNROLL _Pragma("GCC unroll 16")
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

// kWidth small numbers as bytes, which the compiler converts one by one if left to itself.
// (The forms with a mask: GCC 12 warns of its own header in the others.)
#if defined(__AVX512F__)
inline Flags load_bytes(const uint8_t* p) {
  return reinterpret_cast<Flags>(
      _mm512_maskz_cvtepu8_epi32(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p))));
}
inline void store_bytes(uint8_t* p, Flags v) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_maskz_cvtepi32_epi8(0xffff, reinterpret_cast<__m512i>(v)));
}
#elif defined(__AVX2__)
inline Flags load_bytes(const uint8_t* p) {
  return reinterpret_cast<Flags>(_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
}
inline void store_bytes(uint8_t* p, Flags v) {
  const __m256i whole = reinterpret_cast<__m256i>(v);
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(words, words));
}
#else
inline Flags load_bytes(const uint8_t* p) {
  Flags v{};
  for (int i = 0; i < kWidth; ++i) v[i] = p[i];
  return v;
}
inline void store_bytes(uint8_t* p, Flags v) {
  for (int i = 0; i < kWidth; ++i) p[i] = static_cast<uint8_t>(v[i]);
}
#endif

// The lanes' sum, in pairs of halves.
inline float lane_sum(Vector v) {
  typedef float Four __attribute__((vector_size(16)));
#if defined(__AVX512F__)
  const __m256 eight =
      _mm256_add_ps(_mm512_maskz_extractf32x8_ps(0xff, v, 0), _mm512_maskz_extractf32x8_ps(0xff, v, 1));
  const Four four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#elif defined(__AVX__)
  const Four four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
#else
  const Four four = v;
#endif
  return (four[0] + four[2]) + (four[1] + four[3]);
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
