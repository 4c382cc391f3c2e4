// Caffe's fillers. Source: Caffe filler.hpp; formulas beside each.
#include "fillers.h"

#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

namespace siamese {

namespace {

struct Target {
  Generator& generator;
  const Filler& filler;
  const std::vector<int64_t>& shape;
  int64_t count;
  float* out;

  int64_t dim(size_t axis) const { return axis < shape.size() ? shape[axis] : 1; }
  // Inputs (outputs) that one output (input) is connected to, or their mean.
  float fan() const {
    const int64_t in = count / dim(0), out_fan = shape.size() > 1 ? count / dim(1) : count;
    if (filler.variance_norm == "FAN_OUT") return static_cast<float>(out_fan);
    if (filler.variance_norm == "AVERAGE") return static_cast<float>(in + out_fan) / 2;
    return static_cast<float>(in);
  }
};

// Caffe widens the interval by one float, so that `high` itself can be drawn.
void uniform_between(const Target& to, float low, float high) {
  if (!(low <= high)) throw std::invalid_argument("filler: min is above max");
  const float end = std::nextafter(high, std::numeric_limits<float>::max());
  for (int64_t i = 0; i < to.count; ++i) to.out[i] = to.generator.uniform(low, end);
}

void normal_around(const Target& to, float mean, float std) {
  if (!(std >= 0)) throw std::invalid_argument("filler: std is negative");
  for (int64_t i = 0; i < to.count; ++i) to.out[i] = to.generator.normal(mean, std);
}

void constant(const Target& to) {
  for (int64_t i = 0; i < to.count; ++i) to.out[i] = to.filler.value;
}

void uniform(const Target& to) { uniform_between(to, to.filler.min, to.filler.max); }

// With `sparse`, about that many inputs per output stay: all values are drawn first, then all decisions.
void gaussian(const Target& to) {
  normal_around(to, to.filler.mean, to.filler.std);
  if (to.filler.sparse < 0) return;
  const float share = static_cast<float>(to.filler.sparse) / static_cast<float>(to.dim(0));
  if (share > 1) throw std::invalid_argument("filler: sparse is above the number of outputs");
  for (int64_t i = 0; i < to.count; ++i) {
    if (!to.generator.bernoulli(share)) to.out[i] *= 0;
  }
}

// Each row sums to 1.
void positive_unitball(const Target& to) {
  uniform_between(to, 0, 1);
  const int64_t width = to.count / to.dim(0);
  for (int64_t row = 0; row < to.dim(0); ++row) {
    float sum = 0;
    for (int64_t i = row * width; i < (row + 1) * width; ++i) sum += to.out[i];
    for (int64_t i = row * width; i < (row + 1) * width; ++i) to.out[i] /= sum;
  }
}

void xavier(const Target& to) {
  const float scale = std::sqrt(3.0f / to.fan());
  uniform_between(to, -scale, scale);
}

void msra(const Target& to) { normal_around(to, 0, std::sqrt(2.0f / to.fan())); }

// Interpolation for a Deconvolution that enlarges: w(x, y) = (1 - |x / f - c|) (1 - |y / f - c|).
void bilinear(const Target& to) {
  if (to.shape.size() != 4 || to.dim(2) != to.dim(3)) {
    throw std::invalid_argument("filler: bilinear fills square kernels of 4 axes");
  }
  const int64_t width = to.dim(3);
  const float f = static_cast<float>((width + 1) / 2);
  const float c = static_cast<float>(static_cast<double>(width - 1) / (2.0 * f));
  for (int64_t i = 0; i < to.count; ++i) {
    const float x = static_cast<float>(i % width), y = static_cast<float>(i / width % width);
    to.out[i] = (1 - std::fabs(x / f - c)) * (1 - std::fabs(y / f - c));
  }
}

}  // namespace

void fill(Generator& generator, const Filler& filler, const std::vector<int64_t>& shape, float* out) {
  static const std::map<std::string, void (*)(const Target&)> table = {
      {"constant", constant}, {"uniform", uniform}, {"gaussian", gaussian}, {"positive_unitball", positive_unitball},
      {"xavier", xavier},     {"msra", msra},       {"bilinear", bilinear}};
  const auto found = table.find(filler.type);
  if (found == table.end()) throw std::invalid_argument("filler: unknown type " + filler.type);
  int64_t count = 1;
  for (int64_t dim : shape) count *= dim;
  if (count > 0) found->second(Target{generator, filler, shape, count, out});
}

}  // namespace siamese
