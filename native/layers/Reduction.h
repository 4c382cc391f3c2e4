// y = coeff * (SUM of x, ASUM of |x|, SUMSQ of x^2, MEAN of x) over all axes from the one on at which memory is split.
// bottom 0: rows are summed. top 0: one value per column, in Caffe's order. Attributes: operation, coeff.
// Source: Caffe reduction_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Reduction final : public Layer<On> {
 public:
  explicit Reduction(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const std::string& operation = this->args.attributes.text("operation");
    kind_ = operation == "ASUM" ? Kind::kAsum : operation == "SUMSQ" ? Kind::kSumsq : Kind::kSum;
    coeff_ = static_cast<float>(this->args.attributes.number("coeff"));
    if (operation == "MEAN") coeff_ /= static_cast<float>(this->bottom(0).data.rows);
  }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Kind kind = kind_;
    const float coeff = coeff_;
    on.sum_over_rows(
        x.rows, x.cols,
        [=] SIAMESE_HD(int64_t r, int64_t c) {
          const float v = x.at(r, c);
          return kind == Kind::kSum ? v : kind == Kind::kSumsq ? v * v : v < 0 ? -v : v;
        },
        [=] SIAMESE_HD(int64_t c, float sum) { y.linear(c) = coeff * sum; });
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Kind kind = kind_;
    const float coeff = coeff_;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float v = x.at(r, c), sign = v > 0 ? 1 : v < 0 ? -1 : 0;
      const float slope = kind == Kind::kSum ? 1 : kind == Kind::kSumsq ? 2 * v : sign;
      dx.at(r, c) = coeff * dy.linear(c) * slope;
    });
  }

 private:
  enum class Kind { kSum, kAsum, kSumsq };

  Kind kind_;
  float coeff_;
};

}  // namespace siamese
