// SUM: y = sum of coeff_i x_i. PROD: y = product of x_i. MAX: y = the largest x_i, element by element.
// bottoms, top 0: one shape and split. Attributes: operation, coeff (one per bottom), stable_prod_grad.
// Gradients: SUM coeff_i dy; PROD dy * the others' product, or dy * y / x_i if not stable; MAX dy to the winner: bottom
// 0 must exceed bottom 1, a later one must exceed all before it. Source: Caffe eltwise_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Eltwise final : public Layer<On> {
 public:
  explicit Eltwise(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        operation_(this->args.attributes.text("operation")),
        coeff_(this->args.attributes.list("coeff").begin(), this->args.attributes.list("coeff").end()),
        stable_(this->args.attributes.flag("stable_prod_grad")) {}

  // MAX, backward: the largest so far and whose it is.
  int64_t scratch() const override { return operation_ == "MAX" ? 2 * this->top(0).data.count() : 0; }

  void forward(On& on) override {
    const View y = this->top(0).data;
    View so_far = x(0);
    for (size_t i = 1; i < bottoms(); ++i) {
      if (operation_ == "SUM") {
        const float a = i == 1 ? coeff_[0] : 1.0f, b = coeff_[i];
        map(on, so_far, x(i), y, [=] SIAMESE_HD(float s, float v) { return a * s + b * v; });
      } else if (operation_ == "PROD") {
        map(on, so_far, x(i), y, [=] SIAMESE_HD(float s, float v) { return s * v; });
      } else {
        map(on, so_far, x(i), y, [=] SIAMESE_HD(float s, float v) { return s > v ? s : v; });
      }
      so_far = y;
    }
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff;
    if (operation_ == "MAX") find_winners(on);
    for (size_t i = 0; i < bottoms(); ++i) {
      const View dx = this->bottom(i).diff;
      if (!dx) continue;
      if (operation_ == "SUM") {
        const float a = coeff_[i];
        map(on, dy, dx, [=] SIAMESE_HD(float g) { return a * g; });
      } else if (operation_ == "PROD") {
        product_gradient(on, i, dx);
      } else {
        const float *winner = on.scratch(), self = static_cast<float>(i);
        on.for_each(dy.rows, dy.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
          dx.at(r, c) = winner[r * dy.cols + c] == self ? dy.at(r, c) : 0;
        });
      }
    }
  }

 private:
  size_t bottoms() const { return this->args.bottoms.size(); }
  View x(size_t i) const { return this->bottom(i).data; }

  void product_gradient(On& on, size_t i, const View& dx) {
    View product = this->top(0).diff;
    for (size_t j = 0; stable_ && j < bottoms(); ++j) {
      if (j == i) continue;
      map(on, product, x(j), dx, [=] SIAMESE_HD(float p, float v) { return p * v; });
      product = dx;
    }
    if (stable_) return;
    map(on, this->top(0).data, x(i), dx, [=] SIAMESE_HD(float y, float v) { return y / v; });
    map(on, dx, this->top(0).diff, dx, [=] SIAMESE_HD(float q, float g) { return q * g; });
  }

  void find_winners(On& on) {
    const View first = x(0);
    float *winner = on.scratch(), *best = winner + first.count();
    const int64_t cols = first.cols;
    for (size_t i = 1; i < bottoms(); ++i) {
      const View v = x(i);
      const float self = static_cast<float>(i);
      on.for_each(first.rows, cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
        const int64_t k = r * cols + c;
        const float before = i == 1 ? first.at(r, c) : best[k];
        const bool wins = i == 1 ? !(before > v.at(r, c)) : v.at(r, c) > before;
        winner[k] = wins ? self : i == 1 ? 0 : winner[k];
        best[k] = wins ? v.at(r, c) : before;
      });
    }
  }

  std::string operation_;
  std::vector<float> coeff_;
  bool stable_;
};

}  // namespace siamese
