// The last axis of a convolution laid into its columns. Few images fill no vector; but with the batch innermost, the places
// of a line and their images lie side by side, and a tap of the kernel is the same line some floats further on. So a line
// is one row of places * images columns, after a copy with its padding, and its places parted by stride where that is not 1.
#pragma once
#include <cstdint>
#include <utility>

#include "kernels_taps.h"
#include "on_cpu.h"

namespace siamese {

// Lines of `places` places of `cols` floats, and how their copy has them: `phases` rows of `length` places, place p of
// phase f being place p * stride + f - left of the line, or 0 where there is none.
struct Lines {
  int64_t places, cols, stride = 1, phases = 1, length = 0, left = 0;

  int64_t floats() const { return phases * length * cols; }
  // Of the copy's phase, the places that the line has: [first, last).
  std::pair<int64_t, int64_t> within(int64_t phase) const;
  bool as_they_are() const { return phases == 1 && stride == 1 && left == 0 && length == places; }
  // `gap` floats of the copy stay free after each `lines` lines.
  void spread(OnCpu& on, const float* from, int64_t count, float* to, int64_t lines = 1, int64_t gap = 0) const;
  // The other way; every place of a line is in the copy.
  void collect(OnCpu& on, const float* from, int64_t count, float* to) const;
};

// A convolution with its last axis folded.
struct Fold {
  Lines x, y;    // of what is read and what is written
  AxisTaps taps;  // from the copy of x to the phases of y, in places
  int64_t cols;   // of a phase of y

  static Fold forward(const SpatialAxis& axis, int64_t cols);   // outputs from inputs
  static Fold backward(const SpatialAxis& axis, int64_t cols);  // inputs from outputs

  // Whether folding beats vectors over `cols` images alone.
  static bool pays(int64_t cols);
};

}  // namespace siamese
