// A view of floats in an arena, seen as rows x cols with a pitch; see src/plan/plan.ts PlanTensor.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "host_device.h"

namespace siamese {

// A blob's shape, held in place: tensors are captured by value in kernels' lambdas, which may neither allocate nor,
// on a GPU, hold a vector.
class Shape {
 public:
  static constexpr size_t kMaxAxes = 12;

  Shape() = default;
  Shape(const std::vector<int64_t>& dims) {  // NOLINT: a list of numbers is a shape
    for (int64_t dim : dims) push_back(dim);
  }

  SIAMESE_HD size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  SIAMESE_HD int64_t operator[](size_t axis) const { return dims_[axis]; }
  int64_t& operator[](size_t axis) { return dims_[axis]; }
  const int64_t* begin() const { return dims_.data(); }
  const int64_t* end() const { return dims_.data() + size_; }
  int64_t front() const { return dims_[0]; }
  int64_t back() const { return dims_[size_ - 1]; }
  void push_back(int64_t dim) { dims_.at(size_++) = dim; }
  bool operator==(const Shape& other) const { return size_ == other.size_ && dims_ == other.dims_; }
  bool operator!=(const Shape& other) const { return !(*this == other); }

 private:
  std::array<int64_t, kMaxAxes> dims_{};
  size_t size_ = 0;
};

struct Tensor {
  float* data = nullptr;
  Shape shape;        // as Caffe counts it, outermost first
  int split = 0;      // axes [0, split) are innermost in memory
  int64_t rows = 0;   // product of shape[split..]
  int64_t cols = 0;   // product of shape[..split)
  int64_t pitch = 0;  // floats from row to row
  int64_t step = 1;   // floats from column to column: 1 but on a GPU, where memory is Caffe's and the rows lie side by side

  explicit operator bool() const { return data != nullptr; }
  int64_t count() const { return rows * cols; }
  bool contiguous() const { return pitch == cols && step == 1; }
  // Floats that a copy with the same pitch and step takes.
  int64_t extent() const { return rows * pitch > cols * step ? rows * pitch : cols * step; }
  int64_t dim(int axis) const { return axis < static_cast<int>(shape.size()) ? shape[axis] : 1; }
};

struct Blob {
  Tensor data;
  Tensor diff;  // empty where no gradient is wanted
};

}  // namespace siamese
