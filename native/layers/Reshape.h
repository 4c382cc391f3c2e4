// The same elements in another shape (Reshape, Flatten): the memory of bottom and top is alike, so rows are copied;
// where the compiler made the top a view of the bottom nothing is.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Reshape final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override { copy(on, this->bottom(0).data, this->top(0).data); }
  void backward(On& on) override {
    if (this->bottom(0).diff) copy(on, this->top(0).diff, this->bottom(0).diff);
  }

 private:
  static void copy(On& on, const Tensor& from, const Tensor& to) {
    if (from.data != to.data) map(on, from, to, [=] SIAMESE_HD(float x) { return x; });
  }
};

}  // namespace siamese
