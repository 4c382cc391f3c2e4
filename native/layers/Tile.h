// Repeats the bottom along the axis at which memory is split: top 0 has its rows again and again; dx = sum of their dy.
// Source: Caffe tile_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Tile final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    for (int64_t row = 0; row < y.rows; row += x.rows) {
      map(on, x, y.part(row, x.rows), [=] SIAMESE_HD(float v) { return v; });
    }
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    on.for_each(dx.rows, dx.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      float sum = 0;
      for (int64_t row = r; row < dy.rows; row += dx.rows) sum += dy.at(row, c);
      dx.at(r, c) = sum;
    });
  }
};

}  // namespace siamese
