// The chance of a layer: a hash of seed, pass and element in Caffe's order. Backward makes it again, no layout or number of
// threads changes it, and it is a state of 16 bytes.
#pragma once
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "../engine/counter.h"

namespace siamese {

// SplitMix64's mixing of a counter: independent bits for each (key, index).
SIAMESE_HD inline uint32_t hashed_bits(uint64_t key, uint64_t index) {
  uint64_t z = key + (index + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<uint32_t>((z ^ (z >> 31)) >> 32);
}

// What a kernel takes along. The count of passes lies in memory of the backend.
struct DrawsOfPass {
  uint64_t seed;
  const uint64_t* passes;

  SIAMESE_HD uint32_t bits(int64_t element) const {
    return hashed_bits(seed ^ *passes * 0xD1B54A32D192ED03u, static_cast<uint64_t>(element));
  }
  // In (0, 1], as cuRAND's are.
  SIAMESE_HD float uniform(int64_t element) const {
    return (static_cast<float>(bits(element) >> 8) + 1.0f) * (1.0f / 16777216.0f);
  }
};

template <class On>
class Draws {
 public:
  explicit Draws(uint64_t seed) : seed_(seed) {}

  // Before each forward pass.
  void advance(On& on) { passes_.advance(on); }
  DrawsOfPass of_pass() { return {seed_, passes_.value()}; }

  std::vector<uint8_t> state(On& on) const {
    std::vector<uint8_t> bytes(sizeof seed_);
    std::memcpy(bytes.data(), &seed_, sizeof seed_);
    for (uint8_t byte : passes_.bytes(on)) bytes.push_back(byte);
    return bytes;
  }
  void set_state(On& on, const std::vector<uint8_t>& bytes, const std::string& type) {
    if (bytes.size() != state(on).size()) throw std::runtime_error("the state of a " + type + " layer has 16 bytes");
    std::memcpy(&seed_, bytes.data(), sizeof seed_);
    passes_.set(on, bytes.data() + sizeof seed_);
  }

 private:
  uint64_t seed_;
  Counter<On> passes_;
};

}  // namespace siamese
