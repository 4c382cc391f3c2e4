// A view of floats in an arena, seen as rows x cols with a pitch; see src/plan/plan.ts PlanTensor.
#pragma once
#include <cstdint>
#include <vector>

namespace siamese {

struct Tensor {
  float* data = nullptr;
  std::vector<int64_t> shape;  // as Caffe counts it, outermost first
  int split = 0;               // axes [0, split) are innermost in memory
  int64_t rows = 0;            // product of shape[split..]
  int64_t cols = 0;            // product of shape[..split)
  int64_t pitch = 0;           // floats from row to row, >= cols

  explicit operator bool() const { return data != nullptr; }
  int64_t count() const { return rows * cols; }
  bool contiguous() const { return pitch == cols; }
  int64_t dim(int axis) const { return axis < static_cast<int>(shape.size()) ? shape[axis] : 1; }
};

struct Blob {
  Tensor data;
  Tensor diff;  // empty where no gradient is wanted
};

}  // namespace siamese
