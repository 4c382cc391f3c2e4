// Correlation with a kernel over any number of spatial axes, as panels over rows of images: the forward pass of a
// convolution and the gradient of its data, which differ in nothing but the taps.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "kernels.h"
#include "kernels_blocks.h"
#include "kernels_fold.h"
#include "kernels_taps.h"
#include "on_cpu.h"

namespace siamese {

class Correlation {
 public:
  enum Direction { kForward, kBackward };  // outputs from inputs; inputs from outputs, the gradient
  // Sizes and steps (in floats) of one group of channels. Axes of the convolution, outermost first.
  struct Shape {
    int64_t groups, rows, channels;  // rows: channels of y in a group; channels: of x
    std::vector<SpatialAxis> axes;
    Direction direction;
    int64_t x_channel, y_channel;  // steps
    std::vector<int64_t> x_axis, y_axis;
    int64_t cols;
    bool pooled = false;  // run_pooled() is what will be called
  };
  explicit Correlation(Shape shape);

  // Floats that the packed weights take, and that run() needs beside them.
  int64_t packed_size() const;
  int64_t scratch() const;
  // w[g][m][c][kernel...], m and c these steps apart.
  void pack(OnCpu& on, const float* w, int64_t row_step, int64_t channel_step, float* packed) const;
  void run(OnCpu& on, const float* x, const float* packed, const float* bias, bool relu, float* y,
           float* scratch) const;

  // The same, but only the largest of each window of places is written. Two axes.
  static constexpr int64_t kMostPooled = 16;  // places of a window
  struct Pool {
    int64_t height, width;  // of a window, which does not overlap others
    int64_t stride_h, stride_w;
    int64_t out_h, out_w;             // windows
    int64_t y_channel, y_row, y_col;  // steps of what is written, in floats
    uint8_t* index;                   // which place of its window each was, steps as y
  };
  void run_pooled(OnCpu& on, const float* x, const float* packed, const float* bias, bool relu, const Pool& pool,
                  float* y) const;

 private:
  struct List {
    int64_t begin, count, inner;  // in taps_
  };
  void fold();
  void build_lists();
  // How the work divides into tasks: some columns, some places, some blocks of rows.
  struct Task {
    int64_t group, first_col, vectors, first_place, last_place, first_block, last_block;
  };
  template <class Body>
  void for_tasks(OnCpu& on, int64_t places, const Body& body) const;
  PanelArguments block_arguments(const Task& task, int64_t rows) const;
  void run_block(const Task& task, int64_t row_block, const float* x, const float* packed, const float* bias, bool relu,
                 float* y) const;
  void run_side_by_side(const Task& task, const float* x, const float* packed, const float* bias, bool relu,
                        float* y) const;
  void run_pooled_block(const Task& task, int64_t row_block, const float* x, const float* packed, const float* bias,
                        bool relu, const Pool& pool, float* y) const;
  // Where a place begins, and its list of taps.
  struct Place {
    int64_t x, y;
    const List* list;
  };
  Place locate(int64_t place) const;
  Blocks channel_parts() const;

  Shape s_;
  std::vector<AxisTaps> axes_;
  std::optional<Fold> fold_;
  int64_t x_lines_ = 0, x_gap_ = 0;  // folded: lines of a channel, and floats left free after them in the copy
  int64_t y_lines_ = 0;              // of all channels
  int64_t kernel_count_ = 1, places_ = 1;
  int64_t x_floats_ = 0;          // of a channel
  bool inner_channels_;           // the innermost loop runs over channels, else along the last axis
  int64_t x_step_, w_step_;       // of the innermost loop, w in rows of a panel
  int64_t w_channel_, w_kernel_;  // steps of the packed weights, in rows of a panel
  std::vector<Tap> taps_;
  std::vector<List> lists_;  // one for each combination of the axes' lists
  std::vector<int> list_step_;
};

}  // namespace siamese
