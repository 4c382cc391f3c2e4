// A part of the bottom: y[i] = x[i + offset] in the cropped axes; dx is dy there, 0 elsewhere.
// bottom 0, top 0: any split. (Bottom 1 gives only its shape.) Attribute: offsets, one per axis.
// Source: Caffe crop_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Crop final : public Layer<On> {
 public:
  explicit Crop(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    map_.from = this->bottom(0).data.shape;
    map_.to = this->top(0).data.shape;
    const std::vector<double>& offsets = this->args.attributes.list("offsets");
    for (size_t a = 0; a < map_.to.size(); ++a) map_.offset.push_back(static_cast<int64_t>(offsets.at(a)));
  }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Map where = map_;
    on.for_each(y.count(), [=] SIAMESE_HD(int64_t k) { y.linear(k) = x.linear(where(k)); });
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Map where = map_;
    on.fill(this->bottom(0).diff, 0);
    on.for_each(dy.count(), [=] SIAMESE_HD(int64_t k) { dx.linear(where(k)) = dy.linear(k); });
  }

 private:
  // Where an element of the top comes from, both in Caffe's order.
  struct Map {
    Shape from, to, offset;

    SIAMESE_HD int64_t operator()(int64_t k) const {
      int64_t index = 0, step = 1;
      for (size_t a = to.size(); a-- > 0;) {
        index += (k % to[a] + offset[a]) * step;
        k /= to[a];
        step *= from[a];
      }
      return index;
    }
  };

  Map map_;
};

}  // namespace siamese
