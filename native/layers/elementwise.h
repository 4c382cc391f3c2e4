// Layers of one bottom and one top of the same shape, computed element by element: a Math object gives y from x, and dx
// from dy and either x or (reads_top) y. In place allowed where the gradient reads the top, or is not wanted.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

inline float real(const Attributes& attributes, const char* name) {
  return static_cast<float>(attributes.number(name));
}

template <class On, class Math>
class Elementwise final : public Layer<On> {
 public:
  explicit Elementwise(LayerArguments arguments) : Layer<On>(std::move(arguments)), math_(this->args.attributes) {}

  void forward(On& on) override { map(on, this->bottom(0).data, this->top(0).data, math_); }

  void backward(On& on) override {
    if (!this->bottom(0).diff) return;
    const Math math = math_;
    const Tensor& read = math.reads_top ? this->top(0).data : this->bottom(0).data;
    map(on, read, this->top(0).diff, this->bottom(0).diff,
        [=] SIAMESE_HD(float v, float dy) { return math.gradient(v, dy); });
  }

 private:
  Math math_;
};

}  // namespace siamese
