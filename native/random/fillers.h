// Caffe's fillers, by type name.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "generator.h"

namespace siamese {

struct Filler {
  std::string type = "constant";
  float value = 0;
  float min = 0;
  float max = 1;
  float mean = 0;
  float std = 1;
  int sparse = -1;
  std::string variance_norm = "FAN_IN";
};

// Fills out[0 .. product of shape) in Caffe's order of elements. Throws std::invalid_argument for an unknown type or a
// shape that the type cannot fill.
void fill(Generator& generator, const Filler& filler, const std::vector<int64_t>& shape, float* out);

}  // namespace siamese
