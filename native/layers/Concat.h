// Joins the bottoms along the axis at which memory is split: top 0 has the rows of bottom 0, then of bottom 1, ...
// Where the compiler made a bottom a view of the top nothing is copied, in neither direction.
#pragma once
#include "../engine/layer.h"

namespace siamese {

template <class On>
class Concat final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override {
    each_bottom(&Blob::data, [&](const Tensor& part, const Tensor& bottom) { on.relayout(bottom, part); });
  }
  void backward(On& on) override {
    each_bottom(&Blob::diff, [&](const Tensor& part, const Tensor& bottom) {
      if (bottom) on.relayout(part, bottom);
    });
  }

 private:
  template <class Copy>
  void each_bottom(Tensor Blob::*which, Copy copy) {
    int64_t row = 0;
    for (const Blob& blob : this->args.bottoms) {
      const Tensor& whole = this->top(0).*which;
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
