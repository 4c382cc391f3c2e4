// The top_k largest scores' indices, values or both, largest first; of equal ones the larger index first. No gradient.
// bottom 0: rows = channels x inner, cols = outer. top 0, in Caffe's order: by_axis: outer x top_k x inner, of indices
// or (values) of values; else outer x top_k indices, or outer x 2 x top_k, indices then values. Attributes: channels,
// top_k, by_axis, values. Source: Caffe argmax_layer.cpp.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class ArgMax final : public Layer<On> {
 public:
  explicit ArgMax(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        channels_(this->args.attributes.integer("channels")),
        top_k_(this->args.attributes.integer("top_k")),
        by_axis_(this->args.attributes.flag("by_axis")),
        values_(this->args.attributes.flag("values")) {}

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const int64_t channels = channels_, top_k = top_k_, inner = x.rows / channels_;
    const bool by_axis = by_axis_, values = values_;
    on.for_each(inner, x.cols, [=] SIAMESE_HD(int64_t i, int64_t o) {
      int64_t last = -1;
      for (int64_t k = 0; k < top_k; ++k) {
        int64_t best = -1;
        for (int64_t c = 0; c < channels; ++c) {
          const float v = x.at(c * inner + i, o);
          // After the last one: smaller, or equal with a smaller index.
          const bool open = last < 0 || v < x.at(last * inner + i, o) || (v == x.at(last * inner + i, o) && c < last);
          if (open && (best < 0 || v >= x.at(best * inner + i, o))) best = c;
        }
        const float value = best < 0 ? NAN : x.at(best * inner + i, o);  // scores that are no numbers have no order
        const float index = static_cast<float>(best);
        if (by_axis) {
          y.linear((o * top_k + k) * inner + i) = values ? value : index;
        } else {
          y.linear(o * top_k * (values ? 2 : 1) + k) = index;
          if (values) y.linear((o * 2 + 1) * top_k + k) = value;
        }
        last = best;
        if (best < 0) break;
      }
    });
  }

 private:
  int64_t channels_, top_k_;
  bool by_axis_, values_;
};

}  // namespace siamese
