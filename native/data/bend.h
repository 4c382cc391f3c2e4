// Smooth bends of an image, as handwriting varies: free-form deformation. The blob's area is divided into 3 x 3 cells, each of
// 6 x 6 control points has a displacement, and uniform cubic B-splines lie between. Source: Rueckert et al. 1999, "Nonrigid
// registration using free-form deformations".
#pragma once
#include <cstdint>
#include <vector>

#include "../engine/feed.h"

namespace siamese {

// Along one axis: the first of the four control points that move a pixel, and how much each counts.
struct BendSpline {
  int64_t first;
  float weights[4];

  // Pixel `i` of `count`.
  SIAMESE_HD static BendSpline at(int64_t i, int64_t count) {
    const int64_t last = count > 1 ? count - 1 : 1, thirds = i * kBendCells;
    const int64_t cell = thirds / last < kBendCells ? thirds / last : kBendCells - 1;  // the last pixel ends the last cell
    const float t = static_cast<float>(thirds - cell * last) / static_cast<float>(last), s = 1 - t;
    return {cell, {s * s * s / 6, (t * t * (3 * t - 6) + 4) / 6, (s * s * (3 * s - 6) + 4) / 6, t * t * t / 6}};
  }
  // Of four values `step` apart.
  SIAMESE_HD float mean(const float* values, int64_t step) const {
    return weights[0] * values[0] + weights[1] * values[step] + weights[2] * values[2 * step] +
           weights[3] * values[3 * step];
  }
};

// The displacements of a blob's pixels, a row at a time.
class BendRows {
 public:
  BendRows(int64_t height, int64_t width)
      : height_(height), x_(static_cast<size_t>(width)), y_(static_cast<size_t>(width)) {
    for (int64_t col = 0; col < width; ++col) columns_.push_back(BendSpline::at(col, width));
  }

  // `points`: displacements along x of the control points, row by row, then those along y.
  void set_row(const float* points, int64_t row) {
    const BendSpline spline = BendSpline::at(row, height_);
    float across[2][kBendPoints];
    for (int64_t j = 0; j < kBendPoints; ++j) {
      for (int64_t axis = 0; axis < 2; ++axis) {
        across[axis][j] = spline.mean(points + (axis * kBendPoints + spline.first) * kBendPoints + j, kBendPoints);
      }
    }
    for (size_t col = 0; col < columns_.size(); ++col) {
      x_[col] = columns_[col].mean(across[0] + columns_[col].first, 1);
      y_[col] = columns_[col].mean(across[1] + columns_[col].first, 1);
    }
  }

  const float* x() const { return x_.data(); }
  const float* y() const { return y_.data(); }

 private:
  int64_t height_;
  std::vector<BendSpline> columns_;
  std::vector<float> x_, y_;
};

}  // namespace siamese
