// Distances between encodings and means of classes.
#include "distances.h"

#include <algorithm>
#include <vector>

#include "cpu/kernels.h"
#include "rows.h"

namespace siamese {

namespace {

constexpr size_t kLanes = 8;
typedef uint8_t Bytes __attribute__((vector_size(kLanes), aligned(1), may_alias));
typedef uint16_t Halves __attribute__((vector_size(2 * kLanes)));
typedef uint32_t Words __attribute__((vector_size(4 * kLanes)));

// The square of a difference of bytes fits 16 bits without sign, also where the difference itself was taken modulo 2^16.
int64_t squared_byte_distance(const uint8_t* a, const uint8_t* b, size_t dimension) {
  // So many squares sum to less than 2^32 in each lane.
  constexpr size_t kRun = kLanes << 15;
  int64_t sum = 0;
  size_t k = 0;
  while (k + kLanes <= dimension) {
    Words sums{};
    const size_t end = std::min(dimension, k + kRun);
    for (; k + kLanes <= end; k += kLanes) {
      const Halves difference = __builtin_convertvector(*reinterpret_cast<const Bytes*>(a + k), Halves) -
                                __builtin_convertvector(*reinterpret_cast<const Bytes*>(b + k), Halves);
      sums += __builtin_convertvector(difference * difference, Words);
    }
    for (size_t lane = 0; lane < kLanes; ++lane) sum += sums[lane];
  }
  for (; k < dimension; ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

}  // namespace

void squared_distances(const float* queries, size_t n, const float* targets, size_t m, size_t dimension, float* out) {
  over_rows(n, n * m * dimension, [&](size_t from, size_t to) {
    kernels().squared_distances(queries + from * dimension, static_cast<int64_t>(to - from), targets,
                                static_cast<int64_t>(m), static_cast<int64_t>(dimension), out + from * m);
  });
}

void squared_byte_distances(const uint8_t* queries, size_t n, const uint8_t* targets, size_t m, size_t dimension,
                            float* out) {
  over_rows(n, n * m * dimension, [&](size_t first, size_t last) {
    for (size_t j = 0; j < m; ++j) {
      for (size_t i = first; i < last; ++i) {
        const int64_t sum = squared_byte_distance(queries + i * dimension, targets + j * dimension, dimension);
        out[i * m + j] = static_cast<float>(sum);
      }
    }
  });
}

void class_means(const float* encodings, const int32_t* classes, size_t n, size_t dimension, size_t k, float* means,
                 int32_t* counts) {
  std::vector<double> sums(k * dimension, 0.0);
  std::fill(counts, counts + k, 0);
  for (size_t i = 0; i < n; ++i) {
    const size_t c = static_cast<size_t>(classes[i]);
    ++counts[c];
    for (size_t j = 0; j < dimension; ++j) sums[c * dimension + j] += encodings[i * dimension + j];
  }
  for (size_t c = 0; c < k; ++c) {
    for (size_t j = 0; j < dimension; ++j) {
      means[c * dimension + j] = counts[c] ? static_cast<float>(sums[c * dimension + j] / counts[c]) : 0.0f;
    }
  }
}

}  // namespace siamese
