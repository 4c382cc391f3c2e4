// A parameter as a blob: top 0 is param 0; its gradient is added to the parameter's. Source: Caffe parameter_layer.hpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Parameter final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override { on.relayout(this->param(0).data, this->top(0).data); }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dparam = this->param(0).diff;
    if (!dparam) return;
    on.for_each(dy.count(), [=] SIAMESE_HD(int64_t k) { dparam.linear(k) += dy.linear(k); });
  }
};

}  // namespace siamese
