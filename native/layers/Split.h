// One blob for several readers: every top is bottom 0; dx = sum of the tops' dy that there are.
// All in one split. The compiler lets tops share the bottom's data: then forward copies nothing.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Split final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override {
    const Tensor& x = this->bottom(0).data;
    for (const Blob& y : this->args.tops) {
      if (y.data && y.data.data != x.data) on.relayout(x, y.data);
    }
  }

  void backward(On& on) override {
    const Tensor& dx = this->bottom(0).diff;
    if (!dx) return;
    const Tensor* first = nullptr;
    bool summed = false;
    for (const Blob& y : this->args.tops) {
      if (!y.diff) continue;  // a reader that gives no gradient: Silence, a label
      if (first == nullptr) {
        first = &y.diff;
        continue;
      }
      map(on, summed ? dx : *first, y.diff, dx, [=] SIAMESE_HD(float a, float b) { return a + b; });
      summed = true;
    }
    if (first == nullptr) return on.fill(dx, 0);
    if (!summed && first->data != dx.data) on.relayout(*first, dx);
  }
};

}  // namespace siamese
