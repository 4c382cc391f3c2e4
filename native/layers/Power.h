// y = (shift + scale * x) ^ power; dx = dy * power * scale * (shift + scale * x) ^ (power - 1).
// bottom 0, top 0: any shape, the same split. Attributes: power, scale, shift. Source: Caffe power_layer.cpp.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Power final : public Layer<On> {
 public:
  explicit Power(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        power_(static_cast<float>(this->args.attributes.number("power"))),
        scale_(static_cast<float>(this->args.attributes.number("scale"))),
        shift_(static_cast<float>(this->args.attributes.number("shift"))) {}

  void forward(On& on) override {
    const float power = power_, scale = scale_, shift = shift_;
    const View x = this->bottom(0).data, y = this->top(0).data;
    if (power == 1) return map(on, x, y, [=] SIAMESE_HD(float v) { return shift + scale * v; });
    map(on, x, y, [=] SIAMESE_HD(float v) { return std::pow(shift + scale * v, power); });
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const float power = power_, scale = scale_, shift = shift_, factor = power * scale;
    if (power == 1 || factor == 0) return map(on, dy, dx, [=] SIAMESE_HD(float g) { return factor * g; });
    map(on, this->bottom(0).data, dy, dx,
        [=] SIAMESE_HD(float v, float g) { return g * factor * std::pow(shift + scale * v, power - 1); });
  }

 private:
  float power_, scale_, shift_;
};

}  // namespace siamese
