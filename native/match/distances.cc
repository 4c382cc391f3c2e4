// Distances between encodings and means of classes.
#include "distances.h"

#include <algorithm>
#include <vector>

#include "cpu/kernels.h"
#include "rows.h"

namespace siamese {

void squared_distances(const float* queries, size_t n, const float* targets, size_t m, size_t dimension, float* out) {
  over_rows(n, n * m * dimension, [&](size_t from, size_t to) {
    kernels().squared_distances(queries + from * dimension, static_cast<int64_t>(to - from), targets,
                                static_cast<int64_t>(m), static_cast<int64_t>(dimension), out + from * m);
  });
}

void squared_distances(const uint8_t* queries, size_t n, const uint8_t* targets, size_t m, size_t dimension, float* out) {
  over_rows(n, n * m * dimension, [&](size_t from, size_t to) {
    kernels().squared_byte_distances(queries + from * dimension, static_cast<int64_t>(to - from), targets,
                                     static_cast<int64_t>(m), static_cast<int64_t>(dimension), out + from * m);
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
