// y = x * s^-beta, s = k + alpha / n * sum of x^2 over a window of n values around x, zeros beyond the edges.
// dx = dy * s^-beta - 2 * alpha * beta / n * x * sum over the window of dy * x * s^(-beta - 1).
// ACROSS_CHANNELS: local_size channels. WITHIN_CHANNEL: local_size x local_size pixels, k = 1.
// bottom 0, top 0: split 1. Attributes: channels, height, width, local_size, alpha, beta, k, within. Source: Caffe
// lrn_layer.cpp.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class LRN final : public Layer<On> {
 public:
  explicit LRN(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Attributes& a = this->args.attributes;
    window_ = {a.flag("within"), a.integer("channels"), a.integer("height"), a.integer("width"),
               (a.integer("local_size") - 1) / 2};
    const int64_t size = a.integer("local_size");
    alpha_ = static_cast<float>(a.number("alpha")) / static_cast<float>(window_.within ? size * size : size);
    beta_ = static_cast<float>(a.number("beta"));
    k_ = static_cast<float>(a.number("k"));
  }

  // Backward: s^-beta, and dy * x * s^(-beta - 1), of every element.
  int64_t scratch() const override { return 2 * this->bottom(0).data.count(); }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Window window = window_;
    const float alpha = alpha_, beta = beta_, k = k_;
    on.for_each(x.rows, x.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float s = k + alpha * window.sum(r, [=](int64_t other) { return x.at(other, c) * x.at(other, c); });
      y.at(r, c) = x.at(r, c) * std::pow(s, -beta);
    });
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Window window = window_;
    const float alpha = alpha_, beta = beta_, k = k_;
    const int64_t cols = x.cols;
    float *power = on.scratch(), *part = power + x.count();
    on.for_each(x.rows, cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float s = k + alpha * window.sum(r, [=](int64_t other) { return x.at(other, c) * x.at(other, c); });
      power[r * cols + c] = std::pow(s, -beta);
      part[r * cols + c] = dy.at(r, c) * x.at(r, c) * power[r * cols + c] / s;
    });
    on.for_each(x.rows, cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float sum = window.sum(r, [=](int64_t other) { return part[other * cols + c]; });
      dx.at(r, c) = dy.at(r, c) * power[r * cols + c] - 2 * alpha * beta * x.at(r, c) * sum;
    });
  }

 private:
  struct Window {
    bool within;
    int64_t channels, height, width, reach;

    // Sum of term(row) over the rows around row r.
    template <class Term>
    SIAMESE_HD float sum(int64_t r, Term term) const {
      const int64_t inner = height * width, channel = r / inner, i = r % inner;
      float total = 0;
      if (!within) {
        const int64_t last = channel + reach < channels ? channel + reach : channels - 1;
        for (int64_t c = channel > reach ? channel - reach : 0; c <= last; ++c) total += term(c * inner + i);
        return total;
      }
      const int64_t h = i / width, w = i % width;
      const int64_t bottom = h + reach < height ? h + reach : height - 1;
      const int64_t right = w + reach < width ? w + reach : width - 1;
      for (int64_t y = h > reach ? h - reach : 0; y <= bottom; ++y) {
        for (int64_t x = w > reach ? w - reach : 0; x <= right; ++x) total += term(channel * inner + y * width + x);
      }
      return total;
    }
  };

  Window window_;
  float alpha_, beta_, k_;
};

}  // namespace siamese
