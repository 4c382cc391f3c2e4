// Spatial pyramid pooling: level l pools each channel into 2^l x 2^l bins; top 0 has level 0's channels x bins, then
// level 1's, ... MAX, first of equals; AVE over the bin with its padding; or STOCHASTIC, of bins without padding.
// bottom 0: (N, C, H, W), split 1. top 0: split 1. Attributes: height, width; pool (MAX, AVE or STOCHASTIC); sample:
// STOCHASTIC draws a place of each bin (TRAIN), else takes the mean of what it would draw. Source: Caffe spp_layer.cpp: a
// bin of size ceil(H / bins) starts at bin * size - pad, pad = (size * bins - H + 1) / 2.
#pragma once
#include "../engine/layer.h"
#include "draws.h"
#include "stochastic.h"
#include "view.h"

namespace siamese {

template <class On>
class SPP final : public Layer<On> {
 public:
  explicit SPP(LayerArguments arguments) : Layer<On>(std::move(arguments)), draws_(this->args.seed) {
    const Attributes& a = this->args.attributes;
    pyramid_ = {a.integer("height"), a.integer("width"), 0};
    pyramid_.channels = this->bottom(0).data.rows / (pyramid_.height * pyramid_.width);
    const std::string pool = a.text("pool");
    if (pool == "STOCHASTIC") {
      pool_ = a.flag("sample") ? Pool::drawn : Pool::weighted;
    } else {
      pool_ = pool == "AVE" ? Pool::average : Pool::largest;
    }
  }

  void forward(On& on) override {
    if (pool_ == Pool::drawn) draws_.advance(on);
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Pyramid pyramid = pyramid_;
    const Pool pool = pool_;
    const DrawsOfPass draws = draws_.of_pass();
    on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
      const Bin bin = pyramid.bin(r);
      const Plane value = pyramid.plane(x, bin, n);
      if (pool == Pool::average) {
        y.at(r, n) = bin.sum(value) / bin.divisor;
      } else if (pool == Pool::weighted) {
        y.at(r, n) = weighted_mean(bin.window, value).mean;
      } else {
        y.at(r, n) = value(pool == Pool::largest ? bin.largest(value) : drawn(bin, draws, n * y.rows + r, value));
      }
    });
  }

  // Bin by bin in order: one pixel is in bins of all levels.
  void backward(On& on) override {
    const View x = this->bottom(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Pyramid pyramid = pyramid_;
    const Pool pool = pool_;
    const DrawsOfPass draws = draws_.of_pass();
    on.for_each(dx.cols, [=] SIAMESE_HD(int64_t n) {
      for (int64_t r = 0; r < dx.rows; ++r) dx.at(r, n) = 0;
      for (int64_t r = 0; r < dy.rows; ++r) {
        const Bin bin = pyramid.bin(r);
        const float g = dy.at(r, n);
        const Plane value = pyramid.plane(x, bin, n);
        const int64_t first = pyramid.first_row(bin);
        if (pool == Pool::largest || pool == Pool::drawn) {
          const int64_t place = pool == Pool::largest ? bin.largest(value) : drawn(bin, draws, n * dy.rows + r, value);
          dx.at(first + place, n) += g;
          continue;
        }
        const PooledWindow& window = bin.window;
        const WeightedMean mean = pool == Pool::weighted ? weighted_mean(window, value) : WeightedMean();
        for (int64_t h = window.top; h < window.bottom; ++h) {
          for (int64_t w = window.left; w < window.right; ++w) {
            const int64_t place = h * window.width + w;
            dx.at(first + place, n) +=
                pool == Pool::weighted ? g * weighted_mean_slope(mean, value(place)) : g / bin.divisor;
          }
        }
      }
    });
  }

  std::vector<uint8_t> state(On& on) const override {
    return pool_ == Pool::drawn ? draws_.state(on) : std::vector<uint8_t>();
  }
  void set_state(On& on, const std::vector<uint8_t>& bytes) override {
    if (pool_ == Pool::drawn || !bytes.empty()) draws_.set_state(on, bytes, "SPP");
  }

 private:
  enum class Pool { largest, average, drawn, weighted };

  struct Bin {
    int64_t channel;
    PooledWindow window;
    float divisor;

    SIAMESE_HD float sum(const Plane& value) const {
      float sum = 0;
      for (int64_t h = window.top; h < window.bottom; ++h) {
        for (int64_t w = window.left; w < window.right; ++w) sum += value(h * window.width + w);
      }
      return sum;
    }
    SIAMESE_HD int64_t largest(const Plane& value) const {
      int64_t best = window.top * window.width + window.left;
      for (int64_t h = window.top; h < window.bottom; ++h) {
        for (int64_t w = window.left; w < window.right; ++w) {
          if (value(h * window.width + w) > value(best)) best = h * window.width + w;
        }
      }
      return best;
    }
  };
  struct Pyramid {
    int64_t height, width, channels;

    SIAMESE_HD int64_t first_row(const Bin& bin) const { return bin.channel * height * width; }
    SIAMESE_HD Plane plane(const View& x, const Bin& bin, int64_t n) const {
      return {&x.at(first_row(bin), n), x.pitch};
    }
    // The bin of a row of the top.
    SIAMESE_HD Bin bin(int64_t r) const {
      int64_t bins = 1;
      for (; r >= channels * bins * bins; bins *= 2) r -= channels * bins * bins;
      const int64_t size_h = (height + bins - 1) / bins, size_w = (width + bins - 1) / bins;
      const int64_t pad_h = (size_h * bins - height + 1) / 2, pad_w = (size_w * bins - width + 1) / 2;
      const int64_t top = r / bins % bins * size_h - pad_h, left = r % bins * size_w - pad_w;
      const int64_t bottom = smaller(top + size_h, height + pad_h), right = smaller(left + size_w, width + pad_w);
      const PooledWindow window = {top > 0 ? top : 0, smaller(bottom, height), left > 0 ? left : 0,
                                   smaller(right, width), width};
      return {r / bins / bins, window, static_cast<float>((bottom - top) * (right - left))};
    }
    SIAMESE_HD static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
  };

  // A bin is never empty, so there is a place.
  SIAMESE_HD static int64_t drawn(const Bin& bin, const DrawsOfPass& draws, int64_t element, const Plane& value) {
    return drawn_place(bin.window, draws.uniform(element), value);
  }

  Draws<On> draws_;
  Pyramid pyramid_;
  Pool pool_;
};

}  // namespace siamese
