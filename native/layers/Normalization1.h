// y = x / |x| for each column of x; formulas in src/layers/Normalization1.ts. bottom 0, top 0: split 1, may be the same.
// Attribute: norm (L2 or L1). The norms are kept from forward to backward: in place, x is gone by then.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Normalization1 final : public Layer<On> {
 public:
  explicit Normalization1(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        l1_(this->args.attributes.text("norm") == "L1"),
        inverse_(this->bottom(0).data.cols),
        dots_(this->bottom(0).data.cols) {}

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const bool l1 = l1_;
    float* inverse = inverse_.data();
    on.sum_over_rows(
        x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t n) { return l1 ? std::fabs(x.at(r, n)) : x.at(r, n) * x.at(r, n); },
        [=] SIAMESE_HD(int64_t n, float sum) { inverse[n] = sum == 0 ? 0 : 1 / (l1 ? sum : std::sqrt(sum)); });
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t n) { y.at(r, n) = x.at(r, n) * inverse[n]; });
  }

  void backward(On& on) override {
    const View y = this->top(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const bool l1 = l1_;
    const float* inverse = inverse_.data();
    float* dots = dots_.data();
    on.sum_over_rows(
        y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t n) { return y.at(r, n) * dy.at(r, n); },
        [=] SIAMESE_HD(int64_t n, float sum) { dots[n] = sum; });
    on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
      const float v = y.at(r, n), along = l1 ? static_cast<float>((v > 0) - (v < 0)) : v;
      dx.at(r, n) = (dy.at(r, n) - along * dots[n]) * inverse[n];
    });
  }

 private:
  bool l1_;
  typename On::Memory inverse_, dots_;  // by item: 1 / |x|, or 0; y . dy
};

}  // namespace siamese
