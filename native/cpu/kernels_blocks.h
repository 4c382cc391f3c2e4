// How a number of things is divided into blocks that differ by one at most.
#pragma once
#include <algorithm>
#include <cstdint>

namespace siamese {

struct Blocks {
  int64_t total, count;

  // The fewest blocks of at most `most`.
  static Blocks of_at_most(int64_t total, int64_t most) { return {total, total == 0 ? 0 : (total + most - 1) / most}; }
  static Blocks into(int64_t total, int64_t count) { return {total, std::min(total, count)}; }

  // Larger blocks come first.
  int64_t begin(int64_t i) const { return total / count * i + std::min(i, total % count); }
  int64_t end(int64_t i) const { return begin(i + 1); }
  int64_t size(int64_t i) const { return end(i) - begin(i); }
};

}  // namespace siamese
