// The same elements in another split or pitch: inserted by the plan compiler where two layers disagree.
// bottom 0 -> top 0, same shape. Backward: bottom diff = top diff, laid out as the bottom.
#pragma once
#include <stdexcept>

#include "../engine/layer.h"

namespace siamese {

template <class On>
class Relayout final : public Layer<On> {
 public:
  explicit Relayout(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    if (this->bottom(0).data.shape != this->top(0).data.shape) throw std::invalid_argument("plan: shapes differ");
  }

  void forward(On& on) override { on.relayout(this->bottom(0).data, this->top(0).data); }
  void backward(On& on) override {
    if (this->bottom(0).diff) on.relayout(this->top(0).diff, this->bottom(0).diff);
  }
};

}  // namespace siamese
