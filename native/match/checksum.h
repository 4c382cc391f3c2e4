// A number that tells weights apart.
#pragma once
#include <cstddef>
#include <cstdint>

namespace siamese {

// FNV-1a over words of four bytes, in eight lanes so that it runs at the speed of memory, each array begun with its length.
// No two trainings end with the same but by a chance of 2^-64; against forgery it is no protection.
class Checksum {
 public:
  void add(const float* values, size_t count);
  uint64_t value() const;

 private:
  static constexpr size_t kLanes = 8;
  static constexpr uint64_t kOffset = 0xcbf29ce484222325, kPrime = 0x100000001b3;
  void word(size_t lane, uint64_t w) { lanes_[lane] = (lanes_[lane] ^ w) * kPrime; }

  uint64_t lanes_[kLanes] = {kOffset, kOffset + 1, kOffset + 2, kOffset + 3,
                             kOffset + 4, kOffset + 5, kOffset + 6, kOffset + 7};
};

}  // namespace siamese
