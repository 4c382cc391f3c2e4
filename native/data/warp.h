// Images seen through an affine map: pixel (x, y) of the result is the source's at (a x + b y + c, d x + e y + f), bilinear.
#pragma once
#include <algorithm>
#include <cstdint>

#include "bend.h"

namespace siamese {

// One plane of floats with a border, so that no look-up needs to ask where it is: one pixel before, two behind.
class PaddedPlane {
 public:
  PaddedPlane(float* memory, int64_t height, int64_t width)
      : data_(memory), height_(height), width_(width), pitch_(width + 3) {}

  static int64_t size(int64_t height, int64_t width) { return (height + 3) * (width + 3); }

  float& at(int64_t y, int64_t x) { return data_[(y + 1) * pitch_ + x + 1]; }

  // Beyond the border the nearest pixel.
  void extend() {
    for (int64_t y = 0; y < height_; ++y) set_ends(y, at(y, 0), at(y, width_ - 1));
    for (int64_t y : {int64_t{-1}, height_, height_ + 1}) {
      const int64_t from = y < 0 ? 0 : height_ - 1;
      for (int64_t x = -1; x < width_ + 2; ++x) at(y, x) = at(from, x);
    }
  }

  // Beyond the border a value.
  void surround(float value) {
    for (int64_t y = 0; y < height_; ++y) set_ends(y, value, value);
    for (int64_t y : {int64_t{-1}, height_, height_ + 1}) {
      for (int64_t x = -1; x < width_ + 2; ++x) at(y, x) = value;
    }
  }

  // The result's pixels in order, `step` floats from one to the next. `bends`: null, or of the result's size; what they hold
  // behind the map is the bend.
  void warp(const float* map, BendRows* bends, int64_t height, int64_t width, float* out, int64_t step) const {
    for (int64_t row = 0; row < height; ++row, out += width * step) {
      if (!bends) {
        warp_row(map, [=](int64_t col) { return Point{static_cast<float>(col), static_cast<float>(row)}; }, width, out, step);
        continue;
      }
      bends->set_row(map + kMapSize, row);
      const float *const dx = bends->x(), *const dy = bends->y();
      const auto bent = [=](int64_t col) {
        return Point{static_cast<float>(col) + dx[col], static_cast<float>(row) + dy[col]};
      };
      warp_row(map, bent, width, out, step);
    }
  }

 private:
  struct Point {
    float x, y;
  };

  // point(col): where the map is to be applied.
  template <class PointOf>
  void warp_row(const float* map, const PointOf& point, int64_t width, float* out, int64_t step) const {
    const float a = map[0], b = map[1], c = map[2], d = map[3], e = map[4], f = map[5];
    const float right = static_cast<float>(width_), bottom = static_cast<float>(height_);
    for (int64_t col = 0; col < width; ++col, out += step) {
      const Point at = point(col);
      const float x = std::min(std::max(a * at.x + (b * at.y + c), -1.0f), right) + 1;
      const float y = std::min(std::max(d * at.x + (e * at.y + f), -1.0f), bottom) + 1;
      const int32_t left = static_cast<int32_t>(x), top = static_cast<int32_t>(y);
      const float u = x - static_cast<float>(left), v = y - static_cast<float>(top);
      const float* const p = data_ + top * pitch_ + left;
      const float above = p[0] + u * (p[1] - p[0]), below = p[pitch_] + u * (p[pitch_ + 1] - p[pitch_]);
      *out = above + v * (below - above);
    }
  }

  void set_ends(int64_t y, float before, float behind) {
    at(y, -1) = before;
    at(y, width_) = at(y, width_ + 1) = behind;
  }

  float* data_;
  int64_t height_, width_, pitch_;
};

}  // namespace siamese
