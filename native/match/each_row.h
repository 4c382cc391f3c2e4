// Rows of squared distances, a block of rows at a time.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/kernels.h"

namespace siamese {

inline auto distances_between(const float*) { return kernels().squared_distances; }
inline auto distances_between(const uint8_t*) { return kernels().squared_byte_distances; }

// visit(row, distances) for rows [from, to) of queries, against m targets; floats or bytes.
template <class Number, class Visit>
void each_row(const Number* queries, size_t from, size_t to, const Number* targets, size_t m, size_t dimension,
              const Visit& visit) {
  // Floats of a block of distances: 4 MB.
  constexpr size_t kBlock = size_t{1} << 20;
  const size_t step = std::clamp<size_t>(kBlock / std::max<size_t>(m, 1), 1, 256);
  std::vector<float> block(std::min(step, to - from) * m);
  for (size_t row = from; row < to; row += step) {
    const size_t count = std::min(step, to - row);
    distances_between(queries)(queries + row * dimension, static_cast<int64_t>(count), targets, static_cast<int64_t>(m),
                               static_cast<int64_t>(dimension), block.data());
    for (size_t i = 0; i < count; ++i) visit(row + i, block.data() + i * m);
  }
}

}  // namespace siamese
