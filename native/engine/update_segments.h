// Where the learnable parameters lie in the arenas, for the solver's update.
#pragma once
#include <cstdint>
#include <vector>

#include "plan.h"

namespace siamese {

// One learnable parameter's floats, the same in the param, gradient and history arenas.
struct UpdateSegment {
  int64_t offset;
  int64_t length;
  float lr_mult;
  float decay_mult;
  size_t param;  // its place in plan.params
};

// Where the learnable parameters lie in the arenas.
inline std::vector<UpdateSegment> update_segments(const Plan& plan) {
  std::vector<UpdateSegment> segments;
  for (size_t i = 0; i < plan.params.size(); ++i) {
    const PlanParam& param = plan.params[i];
    if (!param.learnable) continue;
    const PlanTensor& data = plan.tensors[static_cast<size_t>(param.tensors.data)];
    int64_t rows = 1, cols = 1;
    for (size_t axis = 0; axis < data.shape.size(); ++axis) {
      (axis < static_cast<size_t>(data.split) ? cols : rows) *= data.shape[axis];
    }
    if (rows * cols == 0) continue;
    const int64_t length = (rows - 1) * data.pitch + cols;
    segments.push_back({data.offset, length, static_cast<float>(param.lr_mult), static_cast<float>(param.decay_mult), i});
  }
  return segments;
}

}  // namespace siamese
