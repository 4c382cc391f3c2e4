// The gradient of a convolution's weights and bias: dot products of the rows of dy with rows of x, over images and
// places.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels.h"
#include "kernels_fold.h"
#include "kernels_taps.h"
#include "kernels_weights_panels.h"
#include "on_cpu.h"

namespace siamese {

class WeightGradient {
 public:
  using Shape = WeightShape;
  explicit WeightGradient(Shape shape);
  // Floats that add() needs.
  int64_t scratch() const;

  // dy as the gradient of a max-pooled top and where in its window each maximum was. Two axes; windows do not overlap.
  struct Pooled {
    int64_t height, width, stride_h, stride_w, out_h, out_w;
    int64_t dy_channel, dy_row, dy_col;  // steps of the pooled gradient
    const float* dy;
    int64_t index_channel, index_row, index_col;
    const uint8_t* index;
  };
  // One line of the whole dy of a channel, its places in succession.
  void unpool(const Pooled& from, int64_t channel, int64_t line, float* to) const;

  // Adds to dw[g][m][c][kernel...] and db[g][m], either of which may be null. The order of summation depends on the
  // sizes alone, not on the number of threads.
  void add(OnCpu& on, const float* x, const float* dy, float* dw, float* db, float* scratch) const;
  void add(OnCpu& on, const float* x, const Pooled& dy, float* dw, float* db) const;

 private:
  // Outputs along an axis: [first, last).
  struct Range {
    int64_t first, last;
    Range within(Range o) const { return {std::max(first, o.first), std::min(last, o.last)}; }
    bool empty() const { return first >= last; }
    int64_t size() const { return last - first; }
  };
  // Taps that one call of a kernel sums: they share their place in all axes of the kernel but the last.
  struct Unit {
    int64_t plane;  // index of the kernel in all but its last two axes
    Range lines;    // that its place in the last axis but one feeds
    int64_t count;
    int64_t offset[Kernels::kMaxDots];  // of x, from output (0, 0) of a plane
    int64_t weight[Kernels::kMaxDots];  // index within [c][kernel...]
    Range places[Kernels::kMaxDots];    // along the last axis, that the tap feeds
    Range common;                       // that all of them feed
  };
  // A part of one plane of dy: lines, places of each, images.
  struct Chunk {
    Range lines, places, cols;
  };
  struct Task {
    int64_t group, first_block, last_block, first_unit, last_unit;
  };

  // Some rows of a chunk of dy, from the chunk's first place.
  struct Rows {
    const float* dy;
    int64_t count, channel, line, place;  // steps
  };

  void fold();
  void list_units();
  void list_planes();
  template <class Source>
  void run_tasks(OnCpu& on, const float* x, const Source& rows_of, float* dw, float* db) const;
  template <class Source>
  void run_task(const Task& task, const float* x, const Source& rows_of, float* dw, float* db) const;
  void run_unit(const Unit& unit, const float* x, const Rows& rows, const Chunk& chunk, float* sums,
                int64_t sums_row) const;
  void unpool_line(const Pooled& from, int64_t channel, int64_t line, const Chunk& chunk, float* to,
                   int64_t step) const;
  static Range fed(const SpatialAxis& axis, int64_t kernel);

  Shape s_;
  std::optional<WeightPanels> panels_;  // what does it all, where there is one
  std::optional<Fold> fold_;
  int64_t x_lines_ = 0;  // folded: of all channels
  int64_t kernel_count_ = 1;
  SpatialAxis h_ = {1, 1, 1, 1, 0, 1}, w_ = h_;                    // the last two axes
  int64_t x_line_ = 0, dy_line_ = 0, x_place_ = 0, dy_place_ = 0;  // their steps, x's by output
  std::vector<Unit> units_;
  std::vector<Chunk> chunks_;
  int64_t planes_ = 1, kernel_planes_ = 1;
  std::vector<int64_t> plane_x_;   // [plane][kernel plane]: offset of x, or -1 where it lies in the padding
  std::vector<int64_t> plane_dy_;  // [plane]
};

}  // namespace siamese
