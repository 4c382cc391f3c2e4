// Items in another order, any of them any number of times: y_m = x[index_m]; dx_n = sum of dy_m with index_m = n.
// bottom 0, top 0: split 1. bottom 1: a whole number in [0, N) per item of the top.
// Source: Caffe batch_reindex_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class BatchReindex final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override {
    const View x = this->bottom(0).data, index = this->bottom(1).data, y = this->top(0).data;
    require_labels(on, index, y.cols, 1, x.cols, [] SIAMESE_HD(int) { return false; });
    on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t m) {
      y.at(r, m) = x.at(r, static_cast<int64_t>(index.linear(m)));
    });
  }

  void backward(On& on) override {
    const View index = this->bottom(1).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    on.for_each(dx.rows, [=] SIAMESE_HD(int64_t r) {
      for (int64_t n = 0; n < dx.cols; ++n) dx.at(r, n) = 0;
      for (int64_t m = 0; m < dy.cols; ++m) dx.at(r, static_cast<int64_t>(index.linear(m))) += dy.at(r, m);
    });
  }
};

}  // namespace siamese
