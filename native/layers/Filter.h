// Only the items whose selector is not 0, in their order; dx = their dy, 0 for the others.
// bottoms: blobs of N items, then the selector, N numbers; tops: one for each blob, with room for N items; split 1.
// Source: Caffe filter_layer.cpp.
#pragma once
#include <vector>

#include "../engine/layer.h"
#include "view.h"

namespace siamese {

template <class On>
class Filter final : public Layer<On> {
 public:
  explicit Filter(LayerArguments arguments)
      : Layer<On>(std::move(arguments)), from_(items()), to_(items()), selector_(static_cast<size_t>(items())) {}

  int64_t passed() const override { return passed_; }

  void forward(On& on) override {
    choose(on);
    const float* from = from_.data();
    for (size_t i = 0; i < this->args.tops.size(); ++i) {
      const View x = this->bottom(i).data, y = this->top(i).data;
      on.for_each(y.rows, passed_, [=] SIAMESE_HD(int64_t r, int64_t n) {
        y.at(r, n) = x.at(r, static_cast<int64_t>(from[n]));
      });
    }
  }

  void backward(On& on) override {
    const float* to = to_.data();
    for (size_t i = 0; i < this->args.tops.size(); ++i) {
      const View dy = this->top(i).diff, dx = this->bottom(i).diff;
      if (!dx) continue;
      on.for_each(dx.rows, dx.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
        dx.at(r, n) = dy && to[n] >= 0 ? dy.at(r, static_cast<int64_t>(to[n])) : 0;
      });
    }
  }

 private:
  int64_t items() const { return this->args.bottoms.back().data.count(); }

  // Which items pass, and where to: on the host, which must know how many there are.
  void choose(On& on) {
    const int64_t n = items();
    on.read(this->args.bottoms.back().data, selector_.data());
    std::vector<float> from, to(static_cast<size_t>(n), -1);
    for (int64_t i = 0; i < n; ++i) {
      if (selector_[static_cast<size_t>(i)] == 0) continue;
      to[static_cast<size_t>(i)] = static_cast<float>(from.size());
      from.push_back(static_cast<float>(i));
    }
    passed_ = static_cast<int64_t>(from.size());
    on.copy_from_host(from_.data(), from.data(), passed_);
    on.copy_from_host(to_.data(), to.data(), n);
  }

  typename On::Memory from_, to_;  // by item of the tops, by item of the bottoms (-1: left out)
  std::vector<float> selector_;
  int64_t passed_ = 0;
};

}  // namespace siamese
