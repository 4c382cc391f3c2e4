// Towers as one batch: T bottoms (N, ...) -> top 0 (T*N, ...), the items of bottom 0 first. All in one split.
// Inserted by the plan compiler. Backward: each bottom's diff is its part of the top's.
#pragma once
#include <stdexcept>

#include "../engine/layer.h"

namespace siamese {

template <class On>
class Stack final : public Layer<On> {
 public:
  explicit Stack(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Tensor y = this->top(0).data;
    for (const Blob& x : this->args.bottoms) {
      if (x.data.split != y.split || (y.split > 0 && x.data.rows != y.rows) ||
          x.data.count() * static_cast<int64_t>(this->args.bottoms.size()) != y.count()) {
        throw std::invalid_argument("plan: bottoms and top do not agree");
      }
    }
  }

  void forward(On& on) override {
    for (size_t t = 0; t < this->args.bottoms.size(); ++t) {
      const Tensor x = this->bottom(t).data;
      on.relayout(x, part(this->top(0).data, x, t));
    }
  }
  void backward(On& on) override {
    for (size_t t = 0; t < this->args.bottoms.size(); ++t) {
      const Tensor dx = this->bottom(t).diff;
      if (dx) on.relayout(part(this->top(0).diff, dx, t), dx);
    }
  }

 private:
  // The t-th part of `whole`, as large as `like`: with the batch innermost some columns, else some rows.
  static Tensor part(const Tensor& whole, const Tensor& like, size_t t) {
    Tensor part = like;
    part.pitch = whole.pitch;
    part.step = whole.step;
    part.data = whole.data + static_cast<int64_t>(t) * (whole.split > 0 ? like.cols : like.rows * whole.pitch);
    return part;
  }
};

}  // namespace siamese
