// Caffe's generator: the 32-bit Mersenne twister, and boost's distributions over it in float, draw for draw, so that
// `random_seed` means the weights that Caffe would have drawn. Products and sums are fused as in Caffe's usual builds.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

namespace siamese {

class Generator {
 public:
  explicit Generator(uint32_t seed) : engine_(seed) {}
  // From state(); throws std::runtime_error if it is none.
  explicit Generator(const std::vector<uint8_t>& state);

  uint32_t next() { return engine_(); }
  // In [low, high). boost::uniform_real_distribution.
  float uniform(float low, float high);
  // True with probability p. boost::bernoulli_distribution.
  bool bernoulli(float p);
  // boost::normal_distribution of version 1.56 or later (a ziggurat).
  float normal(float mean, float sigma);

  std::vector<uint8_t> state() const;

 private:
  float uniform01();
  float unit_normal();
  float unit_exponential();
  float normal_tail();

  std::mt19937 engine_;
};

}  // namespace siamese
