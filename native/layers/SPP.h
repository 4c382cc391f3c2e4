// Spatial pyramid pooling: level l pools each channel into 2^l x 2^l bins; top 0 has level 0's channels x bins, then
// level 1's, ... MAX, first of equals; or AVE over the bin with its padding.
// bottom 0: (N, C, H, W), split 1. top 0: split 1. Attributes: height, width, average. Source: Caffe spp_layer.cpp: a
// bin of size ceil(H / bins) starts at bin * size - pad, pad = (size * bins - H + 1) / 2.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class SPP final : public Layer<On> {
 public:
  explicit SPP(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Attributes& a = this->args.attributes;
    pyramid_ = {a.integer("height"), a.integer("width"), 0, a.flag("average")};
    pyramid_.channels = this->bottom(0).data.rows / (pyramid_.height * pyramid_.width);
  }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Pyramid pyramid = pyramid_;
    on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
      const Bin bin = pyramid.bin(r);
      if (!pyramid.average) {
        y.at(r, n) = x.at(pyramid.largest(x, bin, n), n);
        return;
      }
      float sum = 0;
      for (int64_t h = bin.top; h < bin.bottom; ++h) {
        for (int64_t w = bin.left; w < bin.right; ++w) sum += x.at(pyramid.row(bin, h, w), n);
      }
      y.at(r, n) = sum / bin.divisor;
    });
  }

  // Bin by bin in order: one pixel is in bins of all levels.
  void backward(On& on) override {
    const View x = this->bottom(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Pyramid pyramid = pyramid_;
    on.for_each(dx.cols, [=] SIAMESE_HD(int64_t n) {
      for (int64_t r = 0; r < dx.rows; ++r) dx.at(r, n) = 0;
      for (int64_t r = 0; r < dy.rows; ++r) {
        const Bin bin = pyramid.bin(r);
        if (!pyramid.average) {
          dx.at(pyramid.largest(x, bin, n), n) += dy.at(r, n);
          continue;
        }
        for (int64_t h = bin.top; h < bin.bottom; ++h) {
          for (int64_t w = bin.left; w < bin.right; ++w) dx.at(pyramid.row(bin, h, w), n) += dy.at(r, n) / bin.divisor;
        }
      }
    });
  }

 private:
  struct Bin {
    int64_t channel, top, bottom, left, right;
    float divisor;
  };
  struct Pyramid {
    int64_t height, width, channels;
    bool average;

    SIAMESE_HD int64_t row(const Bin& bin, int64_t h, int64_t w) const {
      return (bin.channel * height + h) * width + w;
    }
    // The bin of a row of the top.
    SIAMESE_HD Bin bin(int64_t r) const {
      int64_t bins = 1;
      for (; r >= channels * bins * bins; bins *= 2) r -= channels * bins * bins;
      const int64_t size_h = (height + bins - 1) / bins, size_w = (width + bins - 1) / bins;
      const int64_t pad_h = (size_h * bins - height + 1) / 2, pad_w = (size_w * bins - width + 1) / 2;
      const int64_t top = r / bins % bins * size_h - pad_h, left = r % bins * size_w - pad_w;
      const int64_t bottom = smaller(top + size_h, height + pad_h), right = smaller(left + size_w, width + pad_w);
      const float divisor = static_cast<float>((bottom - top) * (right - left));
      return {r / bins / bins,          top > 0 ? top : 0, smaller(bottom, height), left > 0 ? left : 0,
              smaller(right, width), divisor};
    }
    SIAMESE_HD int64_t largest(const View& x, const Bin& bin, int64_t n) const {
      int64_t best = row(bin, bin.top, bin.left);
      for (int64_t h = bin.top; h < bin.bottom; ++h) {
        for (int64_t w = bin.left; w < bin.right; ++w) {
          if (x.at(row(bin, h, w), n) > x.at(best, n)) best = row(bin, h, w);
        }
      }
      return best;
    }
    SIAMESE_HD static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
  };

  Pyramid pyramid_;
};

}  // namespace siamese
