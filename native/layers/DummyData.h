// Blobs filled by fillers, anew at each pass. No bottoms, no gradient.
// Attributes, an entry per top: types, variance_norms (texts separated by blanks), value, min, max, mean, std, sparse.
// Filled on the host: what it is for is testing nets without data.
#pragma once
#include <sstream>

#include "../engine/layer.h"
#include "../random/fillers.h"

namespace siamese {

template <class On>
class DummyData final : public Layer<On> {
 public:
  explicit DummyData(LayerArguments arguments)
      : Layer<On>(std::move(arguments)), generator_(static_cast<uint32_t>(this->args.seed >> 32)) {
    const Attributes& attributes = this->args.attributes;
    std::istringstream types(attributes.text("types")), norms(attributes.text("variance_norms"));
    for (size_t i = 0; i < this->args.tops.size(); ++i) {
      const auto number = [&](const char* name) { return static_cast<float>(attributes.list(name).at(i)); };
      Filler filler;
      types >> filler.type;
      norms >> filler.variance_norm;
      filler.value = number("value");
      filler.min = number("min");
      filler.max = number("max");
      filler.mean = number("mean");
      filler.std = number("std");
      filler.sparse = static_cast<int>(number("sparse"));
      fillers_.push_back(filler);
    }
  }

  void forward(On& on) override {
    for (size_t i = 0; i < fillers_.size(); ++i) {
      const Tensor& y = this->top(i).data;
      values_.resize(static_cast<size_t>(y.count()));
      fill(generator_, fillers_[i], {y.shape.begin(), y.shape.end()}, values_.data());
      on.write(y, values_.data());
    }
  }

  std::vector<uint8_t> state(On&) const override { return generator_.state(); }
  void set_state(On&, const std::vector<uint8_t>& state) override { generator_ = Generator(state); }
  bool replayable() const override { return false; }

 private:
  Generator generator_;
  std::vector<Filler> fillers_;
  std::vector<float> values_;
};

}  // namespace siamese
