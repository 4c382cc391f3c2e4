// Lanes of FNV-1a, folded into one at the end.
#include "checksum.h"

#include <cstring>

namespace siamese {

void Checksum::add(const float* values, size_t count) {
  word(0, count);
  for (size_t i = 0; i < count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes && i + lane < count; ++lane) {
      uint32_t bits;
      std::memcpy(&bits, values + i + lane, sizeof bits);
      word(lane, bits);
    }
  }
}

uint64_t Checksum::value() const {
  uint64_t all = kOffset;
  for (uint64_t lane : lanes_) {
    for (int shift = 0; shift < 64; shift += 8) all = (all ^ (lane >> shift & 0xff)) * kPrime;
  }
  return all;
}

}  // namespace siamese
