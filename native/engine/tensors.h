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

// The first n items of axis 0, which is outermost among the rows or among the columns: the same memory, less of it.
inline Tensor first_items(Tensor tensor, int64_t n) {
  int64_t& extent = tensor.split == 0 ? tensor.rows : tensor.cols;
  extent = tensor.shape[0] == 0 ? 0 : extent / tensor.shape[0] * n;
  tensor.shape[0] = n;
  return tensor;
}

class Tensors {
 public:
  Tensors(const Plan& plan, float* const (&base)[3]) : items_(plan.layers.size(), -1) {
    for (const PlanTensor& tensor : plan.tensors) {
      bound_.push_back(bind_tensor(tensor, base));
      counted_by_.push_back(tensor.items);
    }
  }

  // As many items as there are now. Empty for -1.
  Tensor operator[](TensorId id) const {
    if (id < 0) return {};
    const Tensor whole = bound_[static_cast<size_t>(id)];
    const int64_t layer = counted_by_[static_cast<size_t>(id)];
    return layer < 0 || items_[static_cast<size_t>(layer)] < 0 ? whole : first_items(whole, items_[static_cast<size_t>(layer)]);
  }
  Blob operator[](const PlanPair& pair) const { return {(*this)[pair.data], (*this)[pair.diff]}; }
  std::vector<Blob> operator[](const std::vector<PlanPair>& pairs) const {
    std::vector<Blob> blobs;
    for (const PlanPair& pair : pairs) blobs.push_back((*this)[pair]);
    return blobs;
  }

  // All the items there can be.
  Tensor whole(TensorId id) const { return id < 0 ? Tensor{} : bound_[static_cast<size_t>(id)]; }
  std::vector<Blob> whole(const std::vector<PlanPair>& pairs) const {
    std::vector<Blob> blobs;
    for (const PlanPair& pair : pairs) blobs.push_back({whole(pair.data), whole(pair.diff)});
    return blobs;
  }

  // How many items layer `layer` lets through; -1: not known yet.
  int64_t items(int64_t layer) const { return items_[static_cast<size_t>(layer)]; }
  void set_items(int64_t layer, int64_t items) { items_[static_cast<size_t>(layer)] = items; }

 private:
  std::vector<Tensor> bound_;
  std::vector<int64_t> counted_by_;  // by tensor
  std::vector<int64_t> items_;       // by layer
};

}  // namespace siamese
