// y_c = exp(x_c) / sum of exp(x_c'); dx_c = y_c * (dy_c - sum of dy_c' y_c'), along the axis at which memory is split.
// bottom 0, top 0: rows = channels x inner, cols = outer. In place allowed. Attribute: channels. Source: Caffe
// softmax_layer.cpp.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Softmax final : public Layer<On> {
 public:
  explicit Softmax(LayerArguments arguments)
      : Layer<On>(std::move(arguments)), channels_(this->args.attributes.integer("channels")) {}

  void forward(On& on) override { softmax(on, this->bottom(0).data, this->top(0).data, channels_); }

  void backward(On& on) override {
    const View y = this->top(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const int64_t channels = channels_, inner = y.rows / channels;
    on.for_each(inner, y.cols, [=] SIAMESE_HD(int64_t i, int64_t n) {
      float dot = 0;
      for (int64_t c = 0; c < channels; ++c) dot += dy.at(c * inner + i, n) * y.at(c * inner + i, n);
      for (int64_t c = 0; c < channels; ++c) {
        dx.at(c * inner + i, n) = y.at(c * inner + i, n) * (dy.at(c * inner + i, n) - dot);
      }
    });
  }

  // Shared with SoftmaxWithLoss.
  static void softmax(On& on, const View& x, const View& y, int64_t channels) {
    const int64_t inner = x.rows / channels;
    on.for_each(inner, x.cols, [=] SIAMESE_HD(int64_t i, int64_t n) {
      float top = x.at(i, n), sum = 0;
      for (int64_t c = 1; c < channels; ++c) top = top < x.at(c * inner + i, n) ? x.at(c * inner + i, n) : top;
      for (int64_t c = 0; c < channels; ++c) {
        const float e = std::exp(x.at(c * inner + i, n) - top);
        y.at(c * inner + i, n) = e;
        sum += e;
      }
      for (int64_t c = 0; c < channels; ++c) y.at(c * inner + i, n) /= sum;
    });
  }

 private:
  int64_t channels_;
};

}  // namespace siamese
