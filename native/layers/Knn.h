// How near an encoding is to the remembered ones of each class; formula, shapes and blobs in src/layers/Knn.ts.
// bottom 0: split 1, rows = values, cols = N. bottom 1, TRAIN: labels. top 0: split 1, rows = classes. Attributes: learns, k.
#pragma once
#include <cfloat>

#include "../engine/layer.h"
#include "labels.h"
#include "view.h"

namespace siamese {

template <class On>
class Knn final : public Layer<On> {
 public:
  explicit Knn(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        learns_(this->args.attributes.flag("learns")),
        k_(std::min(this->args.attributes.integer("k"), this->param(1).data.count())) {}

  // Distances to all that is remembered, and per item and class the k smallest, in order.
  int64_t scratch() const override {
    const int64_t items = this->top(0).data.cols;
    return items * (this->param(1).data.count() + this->top(0).data.rows * k_);
  }

  void forward(On& on) override {
    measure(on);
    answer(on);
    if (learns_) remember(on);
  }

 private:
  void measure(On& on) {
    const View x = this->bottom(0).data, stored = this->param(0).data, labels = this->param(1).data;
    float* distances = on.scratch();
    const int64_t items = x.cols, size = x.rows;
    on.for_each(labels.count(), [=] SIAMESE_HD(int64_t s) {
      if (labels.linear(s) == 0) return;  // nothing there yet
      float* to = distances + s * items;
      for (int64_t n = 0; n < items; ++n) to[n] = 0;
      for (int64_t c = 0; c < size; ++c) {
        const float v = stored.linear(s * size + c);
        for (int64_t n = 0; n < items; ++n) {
          const float d = x.at(c, n) - v;
          to[n] += d * d;
        }
      }
    });
  }

  void answer(On& on) {
    const View labels = this->param(1).data, y = this->top(0).data;
    const float* distances = on.scratch();
    const int64_t items = y.cols, classes = y.rows, k = k_, stored = labels.count();
    float* nearest = on.scratch() + items * stored;
    on.for_each(items, [=] SIAMESE_HD(int64_t n) {
      float* mine = nearest + n * classes * k;
      for (int64_t i = 0; i < classes * k; ++i) mine[i] = FLT_MAX;
      for (int64_t s = 0; s < stored; ++s) {
        const int64_t label = static_cast<int64_t>(labels.linear(s)) - 1;
        if (label < 0 || label >= classes) continue;
        float* list = mine + label * k;
        const float d = distances[s * items + n];
        int64_t at = k;
        for (; at > 0 && d < list[at - 1]; --at) {
          if (at < k) list[at] = list[at - 1];
        }
        if (at < k) list[at] = d;
      }
      float least = FLT_MAX, most = -1;
      for (int64_t c = 0; c < classes; ++c) {
        double sum = 0;
        int64_t count = 0;
        for (; count < k && mine[c * k + count] < FLT_MAX; ++count) sum += mine[c * k + count];
        const float mean = count ? static_cast<float>(sum / static_cast<double>(count)) : FLT_MAX;
        y.at(c, n) = mean;
        if (count && mean < least) least = mean;
        if (count && mean > most) most = mean;
      }
      const float range = most > least ? most - least : 1;
      for (int64_t c = 0; c < classes; ++c) y.at(c, n) = y.at(c, n) < FLT_MAX ? 1 - (y.at(c, n) - least) / range : 0;
    });
  }

  // In place of the oldest pass.
  void remember(On& on) {
    const View x = this->bottom(0).data, given = this->bottom(1).data;
    const View stored = this->param(0).data, labels = this->param(1).data, passes = this->param(2).data;
    const int64_t items = x.cols, size = x.rows, places = labels.count() / items;
    require_labels(on, given, items, 1, this->top(0).data.rows, [] SIAMESE_HD(int) { return false; });
    const float* const passed = passes.data;
    on.for_each(items, size, [=] SIAMESE_HD(int64_t n, int64_t c) {
      stored.linear((first_of(*passed, places) * items + n) * size + c) = x.at(c, n);
    });
    on.for_each(items, [=] SIAMESE_HD(int64_t n) {
      labels.linear(first_of(*passed, places) * items + n) = given.linear(n) + 1;
    });
    // The place in the ring is all that counts: small numbers, which a float holds exactly.
    on.for_each(1, [=] SIAMESE_HD(int64_t) {
      passes.data[0] = static_cast<float>((static_cast<int64_t>(passes.data[0]) + 1) % places);
    });
  }

  // The place in the ring that the coming pass takes. (Asked where the blob is: on a GPU the host cannot read it.)
  SIAMESE_HD static int64_t first_of(float passes, int64_t places) { return static_cast<int64_t>(passes) % places; }

  bool learns_;
  int64_t k_;
};

}  // namespace siamese
