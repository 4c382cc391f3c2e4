// The gradient of a convolution's weights as panels: x is laid out anew, its channels side by side, so that a vector holds
// channels of x and a sum stays in its register over all places of a part.
#pragma once
#include <cstdint>
#include <vector>

#include "kernels.h"
#include "kernels_blocks.h"
#include "kernels_fold.h"
#include "kernels_taps.h"
#include "on_cpu.h"

namespace siamese {

// Of a convolution whose weights' gradient is wanted. Steps in floats. Axes outermost first; rows: channels of dy in a
// group; channels: of x.
struct WeightShape {
  int64_t groups, rows, channels;
  std::vector<SpatialAxis> axes;
  int64_t x_channel, dy_channel;
  std::vector<int64_t> x_axis, dy_axis;
  int64_t cols;
  bool foldable = true;  // dy will not be given as that of a pooled top
};

class WeightPanels {
 public:
  // Whether this beats dot products of the rows as they lie. Axes merged.
  static bool suits(const WeightShape& shape);
  explicit WeightPanels(const WeightShape& shape);

  // Floats that add() needs.
  int64_t scratch() const;
  // As WeightGradient's.
  void add(OnCpu& on, const float* x, const float* dy, float* dw, float* db, float* scratch) const;

 private:
  // Places of dy that one call of a panel sums over: whole lines, or a part of one. `taps` are of the lines, by place
  // of the kernel in the first axis, those left out whose x lies in the padding.
  struct Chunk {
    int64_t begin, size;  // in the places of a line
    std::vector<std::vector<Tap>> taps;
  };
  struct Task {
    int64_t group, channels, first_block, last_block, first_tap, last_tap;
  };
  void list_chunks();
  Blocks channel_blocks() const;
  Blocks row_blocks() const;
  void pack_x(OnCpu& on, const float* x, float* packed) const;
  void pack_dy(OnCpu& on, const float* dy, float* packed) const;
  void add_bias(OnCpu& on, const float* dy, float* db) const;
  void run(const Task& task, const float* x, const float* dy, float* dw) const;
  void add_sums(const Task& task, const float* sums, float* dw) const;
  // Whether a line of dy is one row of floats as it is.
  bool dy_in_place() const { return dy_w_ == s_.cols; }
  // Of one block of channels of the copy of x.
  int64_t x_block_floats() const { return static_cast<int64_t>(x_lines_.size()) * x_line_.floats() * side_; }

  WeightShape s_;
  SpatialAxis h_, w_;
  int64_t x_h_, x_w_, dy_h_, dy_w_;  // steps
  int64_t side_;                     // channels of x side by side
  Lines x_line_;                     // the copy of a line of x
  std::vector<int64_t> x_lines_;     // those that are read
  std::vector<Chunk> chunks_;
};

}  // namespace siamese
