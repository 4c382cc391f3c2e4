// E = 1/N * sum of -log softmax(l)[y], l_k = scale * cos_k, but l_y = scale * cos(angle_y + margin); cos_k = w_k . x / (|w_k|
// |x|). Where angle_y + margin would pass pi: l_y = scale * (cos_y - margin * sin(margin)).
// bottom 0: encodings x, split 1: rows = C, cols = N. bottom 1: N labels. top 0: scalar. param 0: w (classes, C).
// Attributes: classes, scale, margin. Source: Deng et al. 2019, "ArcFace".
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class ArcFaceLoss final : public Layer<On> {
 public:
  explicit ArcFaceLoss(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        classes_(this->args.attributes.integer("classes")),
        dimension_(this->bottom(0).data.rows),
        items_(this->bottom(0).data.cols),
        scale_(static_cast<float>(this->args.attributes.number("scale"))),
        angle_(static_cast<float>(this->args.attributes.number("margin"))),
        cosines_(classes_ * items_),
        slopes_(classes_ * items_),
        lengths_(classes_ + items_) {}

  int64_t scratch() const override { return items_; }

  void forward(On& on) override {
    const View x = this->bottom(0).data, labels = this->bottom(1).data, cosines = table(cosines_), slopes = table(slopes_);
    const float* w = this->param(0).data.data;
    const int64_t classes = classes_, dimension = dimension_, items = items_;
    const float scale = scale_;
    const Angle angle = angle_;
    require_labels(on, labels, items, 1, classes, [] SIAMESE_HD(int) { return false; });
    float *of_class = lengths_.data(), *of_item = of_class + classes, *losses = on.scratch();
    on.for_each(classes, [=] SIAMESE_HD(int64_t k) {
      float sum = 0;
      for (int64_t c = 0; c < dimension; ++c) sum += w[k * dimension + c] * w[k * dimension + c];
      of_class[k] = sum == 0 ? 1 : std::sqrt(sum);
    });
    on.for_each(items, [=] SIAMESE_HD(int64_t i) {
      float sum = 0;
      for (int64_t c = 0; c < dimension; ++c) sum += x.at(c, i) * x.at(c, i);
      of_item[i] = sum == 0 ? 1 : std::sqrt(sum);
    });
    on.for_each(classes, items, [=] SIAMESE_HD(int64_t k, int64_t i) {
      float sum = 0;
      for (int64_t c = 0; c < dimension; ++c) sum += w[k * dimension + c] * x.at(c, i);
      cosines.at(k, i) = sum / (of_class[k] * of_item[i]);
    });
    // Beside the loss what each cosine moves it by, so that backward has products only.
    on.for_each(items, [=] SIAMESE_HD(int64_t i) {
      const int64_t label = static_cast<int64_t>(labels.linear(i));
      const float cosine = cosines.at(label, i), target = scale * angle.moved(cosine);
      float top = target, sum = 0;
      for (int64_t k = 0; k < classes; ++k) {
        const float logit = scale * cosines.at(k, i);
        if (k != label && !(logit <= top)) top = logit;
      }
      for (int64_t k = 0; k < classes; ++k) {
        const float e = std::exp((k == label ? target : scale * cosines.at(k, i)) - top);
        slopes.at(k, i) = e;
        sum += e;
      }
      for (int64_t k = 0; k < classes; ++k) slopes.at(k, i) *= scale / sum;
      slopes.at(label, i) = (slopes.at(label, i) - scale) * angle.slope(cosine);
      losses[i] = std::log(sum) + top - target;
    });
    float* loss = this->top(0).data.data;
    on.sum_over_cols(
        1, items, [=] SIAMESE_HD(int64_t, int64_t i) { return losses[i]; },
        [=] SIAMESE_HD(int64_t, float sum) { *loss = sum / static_cast<float>(items); });
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, dx = this->bottom(0).diff, cosines = table(cosines_), slopes = table(slopes_);
    const float *w = this->param(0).data.data, *of_class = lengths_.data(), *of_item = of_class + classes_;
    float* dw = this->param(0).diff.data;
    const float* weight = this->top(0).diff.data;
    const int64_t classes = classes_, dimension = dimension_, items = items_;
    // d cos / dx = (w / |w| - cos * x / |x|) / |x|, and the same for w.
    if (dx) {
      on.for_each(dimension, items, [=] SIAMESE_HD(int64_t c, int64_t i) {
        float sum = 0;
        for (int64_t k = 0; k < classes; ++k) {
          sum += slopes.at(k, i) * (w[k * dimension + c] / of_class[k] - cosines.at(k, i) * x.at(c, i) / of_item[i]);
        }
        dx.at(c, i) = sum * *weight / static_cast<float>(items) / of_item[i];
      });
    }
    if (!dw) return;
    on.sum_over_cols(
        classes * dimension, items,
        [=] SIAMESE_HD(int64_t r, int64_t i) {
          const int64_t k = r / dimension, c = r % dimension;
          return slopes.at(k, i) * (x.at(c, i) / of_item[i] - cosines.at(k, i) * w[r] / of_class[k]);
        },
        [=] SIAMESE_HD(int64_t r, float sum) {
          dw[r] += sum * *weight / static_cast<float>(items) / of_class[r / dimension];
        });
  }

 private:
  struct Angle {
    float margin, cosine, sine;
    explicit Angle(float m) : margin(m), cosine(std::cos(m)), sine(std::sin(m)) {}

    SIAMESE_HD bool within(float c) const { return c > -cosine; }  // angle + margin < pi
    SIAMESE_HD static float sine_of(float c) { return std::sqrt(c * c < 1 ? 1 - c * c : 0); }
    SIAMESE_HD float moved(float c) const { return within(c) ? c * cosine - sine_of(c) * sine : c - margin * sine; }
    SIAMESE_HD float slope(float c) const {
      constexpr float kLeast = 1e-3f;  // of the divisor: an encoding on its class's axis has no direction to turn to
      const float s = sine_of(c);
      return within(c) ? cosine + c * sine / (s < kLeast ? kLeast : s) : 1;
    }
  };

  View table(typename On::Memory& memory) {
    View view;
    view.data = memory.data();
    view.rows = classes_;
    view.cols = view.pitch = items_;
    return view;
  }

  int64_t classes_, dimension_, items_;
  float scale_;
  Angle angle_;
  typename On::Memory cosines_, slopes_;  // classes x N
  typename On::Memory lengths_;           // |w_k| of the classes, then |x_i| of the items; 1 where that is 0
};

}  // namespace siamese
