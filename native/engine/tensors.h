// The plan's tensors, bound to the memory of an engine.
#pragma once
#include <vector>

#include "plan.h"
#include "tensor.h"

namespace siamese {

// `base` has the start of each arena, in the order of PlanTensor::Arena.
inline Tensor bind_tensor(const PlanTensor& plan, float* const (&base)[3]) {
  Tensor tensor;
  tensor.data = base[static_cast<size_t>(plan.arena)] + plan.offset;
  tensor.shape = plan.shape;
  tensor.split = static_cast<int>(plan.split);
  tensor.pitch = plan.pitch;
  tensor.step = plan.step;
  tensor.rows = tensor.cols = 1;
  for (size_t axis = 0; axis < plan.shape.size(); ++axis) {
    (axis < static_cast<size_t>(plan.split) ? tensor.cols : tensor.rows) *= plan.shape[axis];
  }
  return tensor;
}

class Tensors {
 public:
  Tensors(const Plan& plan, float* const (&base)[3]) {
    for (const PlanTensor& tensor : plan.tensors) bound_.push_back(bind_tensor(tensor, base));
  }

  // Empty for -1.
  Tensor operator[](TensorId id) const { return id < 0 ? Tensor{} : bound_[static_cast<size_t>(id)]; }
  Blob operator[](const PlanPair& pair) const { return {(*this)[pair.data], (*this)[pair.diff]}; }
  std::vector<Blob> operator[](const std::vector<PlanPair>& pairs) const {
    std::vector<Blob> blobs;
    for (const PlanPair& pair : pairs) blobs.push_back((*this)[pair]);
    return blobs;
  }

 private:
  std::vector<Tensor> bound_;
};

}  // namespace siamese
