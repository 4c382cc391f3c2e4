// y = x * mask / (1 - ratio), the mask 0 with probability ratio; dx = dy * mask / (1 - ratio). In place allowed.
// bottom 0, top 0: any shape, the same split. Attribute: dropout_ratio (0: copies, as in TEST).
// The mask is a hash of seed, pass and element in Caffe's order: backward makes it again, and no layout changes it.
#pragma once
#include <cstring>
#include <stdexcept>

#include "../engine/counter.h"
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

// SplitMix64's mixing of a counter: independent bits for each (key, index).
SIAMESE_HD inline uint32_t hashed_bits(uint64_t key, uint64_t index) {
  uint64_t z = key + (index + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<uint32_t>((z ^ (z >> 31)) >> 32);
}

template <class On>
class Dropout final : public Layer<On> {
 public:
  explicit Dropout(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        ratio_(this->args.attributes.number("dropout_ratio")),
        seed_(this->args.seed) {}

  void forward(On& on) override {
    passes_.advance(on);
    apply(on, this->bottom(0).data, this->top(0).data);
  }
  void backward(On& on) override {
    if (this->bottom(0).diff) apply(on, this->top(0).diff, this->bottom(0).diff);
  }

  std::vector<uint8_t> state(On& on) const override {
    std::vector<uint8_t> bytes(sizeof seed_);
    std::memcpy(bytes.data(), &seed_, sizeof seed_);
    for (uint8_t byte : passes_.bytes(on)) bytes.push_back(byte);
    return bytes;
  }
  void set_state(On& on, const std::vector<uint8_t>& bytes) override {
    if (bytes.size() != state(on).size()) throw std::runtime_error("the state of a Dropout layer has 16 bytes");
    std::memcpy(&seed_, bytes.data(), sizeof seed_);
    passes_.set(on, bytes.data() + sizeof seed_);
  }

 private:
  void apply(On& on, const View& from, const View& to) {
    if (ratio_ == 0) {
      if (from.data != to.data) map(on, from, to, [=] SIAMESE_HD(float v) { return v; });
      return;
    }
    const uint32_t threshold = static_cast<uint32_t>(ratio_ * 4294967296.0);
    const uint64_t seed = seed_, *const passes = passes_.value();
    const float scale = static_cast<float>(1 / (1 - ratio_));
    const int64_t rows = from.rows;
    on.for_each(from.rows, from.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const uint64_t key = seed ^ *passes * 0xD1B54A32D192ED03u;
      const bool keep = hashed_bits(key, static_cast<uint64_t>(c * rows + r)) >= threshold;
      to.at(r, c) = keep ? scale * from.at(r, c) : 0;
    });
  }

  double ratio_;
  uint64_t seed_;
  Counter<On> passes_;
};

}  // namespace siamese
