// The gradient of a convolution's weights and bias: dot products of the rows of dy with rows of x, over images and
// places.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels.h"
#include "kernels_correlate.h"

namespace siamese {

class WeightGradient {
 public:
  // Steps in floats. Axes outermost first; rows: channels of dy in a group; channels: of x.
  struct Shape {
    int64_t groups, rows, channels;
    std::vector<SpatialAxis> axes;
    int64_t x_channel, dy_channel;
    std::vector<int64_t> x_axis, dy_axis;
    int64_t cols;
  };
  explicit WeightGradient(Shape shape);

  // Adds to dw[g][m][c][kernel...] and db[g][m], either of which may be null. The order of summation depends on the
  // sizes alone, not on the number of threads.
  void add(OnCpu& on, const float* x, const float* dy, float* dw, float* db) const;

 private:
  // Taps that one call of a kernel sums: places of x with the same outer kernel index.
  struct Unit {
    int64_t outer;
    int64_t count;
    int64_t offset[Kernels::kMaxDots];                          // of x, from the line's start
    int64_t weight[Kernels::kMaxDots];                          // index within [c][kernel...]
    int64_t first[Kernels::kMaxDots], last[Kernels::kMaxDots];  // outputs along the last axis that the tap feeds
    int64_t both_first, both_last;                              // those that all of them feed
  };
  struct Task {
    int64_t group, row_block, first_unit, last_unit;
  };
  void run_task(const Task& task, const float* x, const float* dy, float* dw, float* db) const;
  void run_unit(const Unit& unit, const float* x_line, const float* dy_line, int64_t rows, int64_t begin, int64_t end,
                float* sums, int64_t sums_row) const;
  void list_units();
  void list_lines();

  Shape s_;
  int64_t kernel_count_ = 1, outer_count_ = 1;  // of the kernel; of all but its last axis
  int64_t lines_ = 1;                           // outputs of all but the last axis
  SpatialAxis last_ = {1, 1, 1, 1, 0, 1};
  int64_t x_last_ = 0, dy_last_ = 0;  // steps of the last axis
  int64_t chunk_ = 1;                 // outputs of a line at a time
  bool merged_;                       // a line is one row of floats in both x and dy
  std::vector<Unit> units_;
  std::vector<int64_t> line_x_;   // [line][outer]: offset of x, or -1 where it lies in the padding
  std::vector<int64_t> line_dy_;  // [line]
};

}  // namespace siamese
