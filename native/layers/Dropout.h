// y = x * mask / (1 - ratio), the mask 0 with probability ratio; dx = dy * mask / (1 - ratio). In place allowed.
// bottom 0, top 0: any shape, the same split. Attribute: dropout_ratio (0: copies, as in TEST).
// The mask is a hash of seed, pass and element in Caffe's order: backward makes it again, and no layout changes it.
#pragma once
#include "../engine/layer.h"
#include "draws.h"
#include "view.h"

namespace siamese {

template <class On>
class Dropout final : public Layer<On> {
 public:
  explicit Dropout(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        ratio_(this->args.attributes.number("dropout_ratio")),
        draws_(this->args.seed) {}

  void forward(On& on) override {
    draws_.advance(on);
    apply(on, this->bottom(0).data, this->top(0).data);
  }
  void backward(On& on) override {
    if (this->bottom(0).diff) apply(on, this->top(0).diff, this->bottom(0).diff);
  }

  std::vector<uint8_t> state(On& on) const override { return draws_.state(on); }
  void set_state(On& on, const std::vector<uint8_t>& bytes) override { draws_.set_state(on, bytes, "Dropout"); }

 private:
  void apply(On& on, const View& from, const View& to) {
    if (ratio_ == 0) {
      if (from.data != to.data) map(on, from, to, [=] SIAMESE_HD(float v) { return v; });
      return;
    }
    const uint32_t threshold = static_cast<uint32_t>(ratio_ * 4294967296.0);
    const DrawsOfPass draws = draws_.of_pass();
    const float scale = static_cast<float>(1 / (1 - ratio_));
    const int64_t rows = from.rows;
    on.for_each(from.rows, from.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const bool keep = draws.bits(c * rows + r) >= threshold;
      to.at(r, c) = keep ? scale * from.at(r, c) : 0;
    });
  }

  double ratio_;
  Draws<On> draws_;
};

}  // namespace siamese
