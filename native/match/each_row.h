// Rows of squared distances, a block of rows at a time.
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "cpu/kernels.h"

namespace siamese {

// visit(row, distances) for rows [from, to) of queries, against m targets.
template <class Visit>
void each_row(const float* queries, size_t from, size_t to, const float* targets, size_t m, size_t dimension,
              const Visit& visit) {
  // Floats of a block of distances: 4 MB.
  constexpr size_t kBlock = size_t{1} << 20;
  const size_t step = std::clamp<size_t>(kBlock / std::max<size_t>(m, 1), 1, 64);
  std::vector<float> block(std::min(step, to - from) * m);
  for (size_t row = from; row < to; row += step) {
    const size_t count = std::min(step, to - row);
    kernels().squared_distances(queries + row * dimension, static_cast<int64_t>(count), targets, static_cast<int64_t>(m),
                                static_cast<int64_t>(dimension), block.data());
    for (size_t i = 0; i < count; ++i) visit(row + i, block.data() + i * m);
  }
}

}  // namespace siamese
