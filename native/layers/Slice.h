// Cuts bottom 0 along the axis at which its memory is split: top i has the next rows of the bottom.
// Where the compiler made a top a view of the bottom nothing is copied, in neither direction.
#pragma once
#include "../engine/layer.h"

namespace siamese {

template <class On>
class Slice final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override {
    each_top(&Blob::data, [&](const Tensor& part, const Tensor& top) { on.relayout(part, top); });
  }
  void backward(On& on) override {
    if (!this->bottom(0).diff) return;
    each_top(&Blob::diff, [&](const Tensor& part, const Tensor& top) {
      if (top) return on.relayout(top, part);
      on.fill(part, 0);  // a top that gives no gradient
    });
  }

 private:
  template <class Copy>
  void each_top(Tensor Blob::*which, Copy copy) {
    int64_t row = 0;
    for (const Blob& blob : this->args.tops) {
      const Tensor& whole = this->bottom(0).*which;
      Tensor part = blob.data;
      part.pitch = whole.pitch;
      part.step = whole.step;
      part.data = whole.data + row * whole.pitch;
      if (part.data != (blob.*which).data) copy(part, blob.*which);
      row += blob.data.rows;
    }
  }
};

}  // namespace siamese
