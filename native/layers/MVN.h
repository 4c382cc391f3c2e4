// y = x - mean, or (x - mean) / (std + eps), over each image's channel, or over each image.
// dx = dy - mean(dy), or (dy - mean(dy) - (x - mean) / std * mean(dy * y)) / (std + eps).
// bottom 0, top 0: split 1, rows = groups x inner. Attributes: groups (channels, or 1), normalize_variance, eps.
// Source: Caffe mvn_layer.cpp, whose gradient takes eps for part of the standard deviation.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class MVN final : public Layer<On> {
 public:
  explicit MVN(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        groups_(this->args.attributes.integer("groups")),
        scales_(this->args.attributes.flag("normalize_variance")),
        eps_(static_cast<float>(this->args.attributes.number("eps"))) {}

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const int64_t inner = x.rows / groups_;
    const bool scales = scales_;
    const float eps = eps_;
    on.for_each(groups_, x.cols, [=] SIAMESE_HD(int64_t g, int64_t c) {
      const float mean = mean_of(x, g * inner, inner, c);
      const float factor = scales ? 1 / (deviation(x, g * inner, inner, c, mean) + eps) : 1;
      for (int64_t r = g * inner; r < (g + 1) * inner; ++r) y.at(r, c) = (x.at(r, c) - mean) * factor;
    });
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data, dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const int64_t inner = y.rows / groups_;
    const bool scales = scales_;
    const float eps = eps_;
    on.for_each(groups_, y.cols, [=] SIAMESE_HD(int64_t g, int64_t c) {
      const int64_t start = g * inner;
      const float mean_dy = mean_of(dy, start, inner, c);
      float slope = 0, factor = 1;  // slope: of the term with y
      if (scales) {
        double sum = 0;
        for (int64_t r = start; r < start + inner; ++r) sum += static_cast<double>(dy.at(r, c)) * y.at(r, c);
        const float std = deviation(x, start, inner, c, mean_of(x, start, inner, c));
        factor = 1 / (std + eps);
        slope = std == 0 ? 0 : static_cast<float>(sum / static_cast<double>(inner)) * (std + eps) / std;
      }
      for (int64_t r = start; r < start + inner; ++r) {
        dx.at(r, c) = (dy.at(r, c) - mean_dy - (scales ? y.at(r, c) * slope : 0)) * factor;
      }
    });
  }

 private:
  SIAMESE_HD static float mean_of(const View& v, int64_t start, int64_t n, int64_t c) {
    double sum = 0;
    for (int64_t r = start; r < start + n; ++r) sum += v.at(r, c);
    return static_cast<float>(sum / static_cast<double>(n));
  }
  SIAMESE_HD static float deviation(const View& v, int64_t start, int64_t n, int64_t c, float mean) {
    double sum = 0;
    for (int64_t r = start; r < start + n; ++r) sum += (v.at(r, c) - mean) * (v.at(r, c) - mean);
    return std::sqrt(static_cast<float>(sum / static_cast<double>(n)));
  }

  int64_t groups_;
  bool scales_;
  float eps_;
};

}  // namespace siamese
