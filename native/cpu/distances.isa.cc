// Squared distances by differences, summed in double: exact to a float's rounding also between near neighbours.
#include <memory>

#include "kernels_distances.h"
#include "kernels_simd.h"

namespace siamese {
namespace SIAMESE_ISA {

constexpr int kDoubles = kWidth / 2;
// Targets of a block, and vectors of sums that a pass over the dimensions holds for each of two queries.
constexpr int kVectors = 4, kTargets = kVectors * kDoubles;
// With fewer queries than this, laying the targets out costs more than it saves.
constexpr int64_t kFew = 3;

typedef double Doubles __attribute__((vector_size(kDoubles * 8)));
typedef float Half __attribute__((vector_size(kDoubles * 4)));
typedef float UnalignedHalf __attribute__((vector_size(kDoubles * 4), aligned(4), may_alias));

static inline Doubles widened(const float* p) {
  return __builtin_convertvector(static_cast<Half>(*reinterpret_cast<const UnalignedHalf*>(p)), Doubles);
}

// One pair, vectors along the dimensions.
static float one(const float* a, const float* b, int64_t dimension) {
  Doubles sums{};
  int64_t k = 0;
  for (; k + kDoubles <= dimension; k += kDoubles) {
    const Doubles d = widened(a + k) - widened(b + k);
    sums += d * d;
  }
  double sum = 0;
  for (int i = 0; i < kDoubles; ++i) sum += sums[i];
  for (; k < dimension; ++k) sum += (static_cast<double>(a[k]) - b[k]) * (static_cast<double>(a[k]) - b[k]);
  return static_cast<float>(sum);
}

// Queries against a block of targets, laid out dimension by dimension: vectors along the targets.
template <int kQueries>
static void block(const float* queries, const Doubles* targets, int64_t dimension, float* out, int64_t step, int count) {
  Doubles sums[kQueries][kVectors] = {};
  for (int64_t k = 0; k < dimension; ++k) {
    SIAMESE_UNROLL
    for (int q = 0; q < kQueries; ++q) {
      const Doubles value = static_cast<double>(queries[q * dimension + k]) - Doubles{};
      SIAMESE_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        const Doubles d = value - targets[k * kVectors + v];
        sums[q][v] += d * d;
      }
    }
  }
  for (int q = 0; q < kQueries; ++q) {
    for (int j = 0; j < count; ++j) out[q * step + j] = static_cast<float>(sums[q][j / kDoubles][j % kDoubles]);
  }
}

void squared_distances(const float* queries, int64_t n, const float* targets, int64_t m, int64_t dimension, float* out) {
  if (n < kFew) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < m; ++j) out[i * m + j] = one(queries + i * dimension, targets + j * dimension, dimension);
    }
    return;
  }
  const std::unique_ptr<Doubles[]> laid_out(new Doubles[static_cast<size_t>(dimension * kVectors)]());
  for (int64_t first = 0; first < m; first += kTargets) {
    const int count = static_cast<int>(m - first < kTargets ? m - first : kTargets);
    for (int j = 0; j < count; ++j) {
      const float* const t = targets + (first + j) * dimension;
      for (int64_t k = 0; k < dimension; ++k) laid_out[k * kVectors + j / kDoubles][j % kDoubles] = t[k];
    }
    int64_t i = 0;
    for (; i + 2 <= n; i += 2) block<2>(queries + i * dimension, laid_out.get(), dimension, out + i * m + first, m, count);
    if (i < n) block<1>(queries + i * dimension, laid_out.get(), dimension, out + i * m + first, m, count);
  }
}

}  // namespace SIAMESE_ISA
}  // namespace siamese
