// A count that a layer keeps from pass to pass, in memory of the backend: a pass that a GPU plays again counts as well.
#pragma once
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "host_device.h"

namespace siamese {

template <class On>
class Counter {
 public:
  Counter() : memory_(sizeof(uint64_t) / sizeof(float)) {}

  // To be read by kernels only.
  const uint64_t* value() { return pointer(); }

  void advance(On& on) {
    uint64_t* const count = pointer();
    on.for_each(1, [=] SIAMESE_HD(int64_t) { ++*count; });
  }

  std::vector<uint8_t> bytes(On& on) const {
    float halves[sizeof(uint64_t) / sizeof(float)];
    on.copy_to_host(const_cast<Counter*>(this)->memory_.data(), halves, memory_.size());
    std::vector<uint8_t> bytes(sizeof halves);
    std::memcpy(bytes.data(), halves, sizeof halves);
    return bytes;
  }
  // The first eight of them.
  void set(On& on, const uint8_t* bytes) {
    float halves[sizeof(uint64_t) / sizeof(float)];
    std::memcpy(halves, bytes, sizeof halves);
    on.copy_from_host(memory_.data(), halves, memory_.size());
  }

 private:
  uint64_t* pointer() { return reinterpret_cast<uint64_t*>(memory_.data()); }

  typename On::Memory memory_;
};

}  // namespace siamese
