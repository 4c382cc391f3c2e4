// Squared distances between rows of bytes, such as pixels: differences of 16 bits, their squares summed in 32 and 64, so exact.
#include <memory>

#include "kernels_distances.h"
#include "kernels_simd.h"

#if defined(__SSE2__) && !defined(__AVX__)
#include <emmintrin.h>
#endif

namespace siamese {
namespace SIAMESE_ISA {

// Two neighbouring bytes of a row, as the two halves of an int32_t; a vector of them is also one of Shorts.
typedef Flags Pairs;
typedef int16_t Shorts __attribute__((vector_size(kWidth * 4)));

// Targets of a block, and vectors of sums that a pass over the dimensions holds for each of two queries.
constexpr int kByteVectors = 4, kByteTargets = kByteVectors * kWidth;
// With fewer queries than this, laying the targets out costs more than it saves.
constexpr int64_t kFewRows = 3;
// So many sums of two squares fit an int32_t: 2 * 255^2 each.
constexpr int64_t kRun = INT32_MAX / (2 * 255 * 255);

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// The sum of the squares of the two halves of each lane.
static inline Flags squares(Shorts d) {
#if defined(__AVX512BW__)
  return reinterpret_cast<Flags>(_mm512_madd_epi16(reinterpret_cast<__m512i>(d), reinterpret_cast<__m512i>(d)));
#elif defined(__AVX2__)
  return reinterpret_cast<Flags>(_mm256_madd_epi16(reinterpret_cast<__m256i>(d), reinterpret_cast<__m256i>(d)));
#elif defined(__SSE2__)
  return reinterpret_cast<Flags>(_mm_madd_epi16(reinterpret_cast<__m128i>(d), reinterpret_cast<__m128i>(d)));
#else
  const Flags both = reinterpret_cast<Flags>(d);
  const Flags first = (both << 16) >> 16, second = both >> 16;
  return first * first + second * second;
#endif
}

static inline int32_t pair_at(const uint8_t* row, int64_t k, int64_t dimension) {
  return row[k] | (k + 1 < dimension ? row[k + 1] << 16 : 0);
}

// One pair of rows, vectors along the dimensions.
static int64_t one(const uint8_t* a, const uint8_t* b, int64_t dimension) {
  int64_t sum = 0, k = 0;
  while (k + kWidth <= dimension) {
    Flags sums{};
    // A square of 255 at most in each lane, half of what kRun counts with.
    const int64_t end = smaller(dimension, k + kRun * kWidth);
    for (; k + kWidth <= end; k += kWidth) {
      const Flags d = load_bytes(a + k) - load_bytes(b + k);
      // Seen as Shorts, a small difference is itself and its sign, which must not count.
      sums += squares(reinterpret_cast<Shorts>(d & 0xffff));
    }
    for (int i = 0; i < kWidth; ++i) sum += sums[i];
  }
  for (; k < dimension; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

// Queries, as pairs, against a block of targets that is laid out pair by pair: vectors along the targets.
template <int kQueries>
static void block(const int32_t* queries, const Pairs* targets, int64_t pairs, float* out, int64_t step, int count) {
  int64_t totals[kQueries][kByteTargets] = {};
  for (int64_t from = 0; from < pairs; from += kRun) {
    const int64_t to = smaller(pairs, from + kRun);
    Flags sums[kQueries][kByteVectors] = {};
    for (int64_t k = from; k < to; ++k) {
      SIAMESE_UNROLL
      for (int q = 0; q < kQueries; ++q) {
        const Shorts value = reinterpret_cast<Shorts>(queries[q * pairs + k] - Pairs{});
        SIAMESE_UNROLL
        for (int v = 0; v < kByteVectors; ++v) {
          sums[q][v] += squares(value - reinterpret_cast<Shorts>(targets[k * kByteVectors + v]));
        }
      }
    }
    for (int q = 0; q < kQueries; ++q) {
      for (int j = 0; j < kByteTargets; ++j) totals[q][j] += sums[q][j / kWidth][j % kWidth];
    }
  }
  for (int q = 0; q < kQueries; ++q) {
    for (int j = 0; j < count; ++j) out[q * step + j] = static_cast<float>(totals[q][j]);
  }
}

void squared_byte_distances(const uint8_t* queries, int64_t n, const uint8_t* targets, int64_t m, int64_t dimension,
                            float* out) {
  if (n < kFewRows) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < m; ++j) {
        out[i * m + j] = static_cast<float>(one(queries + i * dimension, targets + j * dimension, dimension));
      }
    }
    return;
  }
  const int64_t pairs = (dimension + 1) / 2;
  const std::unique_ptr<int32_t[]> rows(new int32_t[static_cast<size_t>(n * pairs)]);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < pairs; ++k) rows[i * pairs + k] = pair_at(queries + i * dimension, 2 * k, dimension);
  }
  const std::unique_ptr<Pairs[]> laid_out(new Pairs[static_cast<size_t>(pairs * kByteVectors)]());
  for (int64_t first = 0; first < m; first += kByteTargets) {
    const int count = static_cast<int>(smaller(m - first, kByteTargets));
    for (int j = 0; j < count; ++j) {
      const uint8_t* const t = targets + (first + j) * dimension;
      for (int64_t k = 0; k < pairs; ++k) {
        laid_out[k * kByteVectors + j / kWidth][j % kWidth] = pair_at(t, 2 * k, dimension);
      }
    }
    int64_t i = 0;
    for (; i + 2 <= n; i += 2) block<2>(rows.get() + i * pairs, laid_out.get(), pairs, out + i * m + first, m, count);
    if (i < n) block<1>(rows.get() + i * pairs, laid_out.get(), pairs, out + i * m + first, m, count);
  }
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
