// E = -1/Z * sum over items and classes of H[label][c] * log(max(softmax(x)_c, 1e-20));
// dx_c = (softmax(x)_c * sum of H[label] - H[label][c]) * dE / Z, 0 where the label is ignored.
// bottom 0: scores, rows = channels x inner, cols = outer. bottom 1: outer x inner labels in Caffe's order. H: bottom
// 2, or attribute infogain. top 0: scalar. top 1, optional: softmax(x). Attributes: channels, normalization, ignore_label.
// Source: Caffe infogain_loss_layer.cpp.
#pragma once
#include <cmath>

#include "../engine/layer.h"
#include "Softmax.h"
#include "labels.h"
#include "normalization.h"
#include "view.h"

namespace siamese {

template <class On>
class InfogainLoss final : public Layer<On> {
 public:
  explicit InfogainLoss(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        channels_(this->args.attributes.integer("channels")),
        outer_(this->bottom(0).data.cols),
        inner_(this->bottom(0).data.rows / channels_),
        ignored_(this->args.attributes),
        normalizer_(this->args.attributes, outer_, inner_) {
    if (this->args.bottoms.size() < 3) matrix_ = typename On::Memory(channels_ * channels_);
  }

  // softmax(x); per position its loss, and whether it counts; and the sums of both.
  int64_t scratch() const override { return (channels_ + 2) * outer_ * inner_ + 2; }

  void forward(On& on) override {
    copy_matrix(on);
    const View x = this->bottom(0).data, labels = this->bottom(1).data, H = matrix();
    const int64_t channels = channels_, outer = outer_, inner = inner_, n = outer * inner;
    const Ignored ignored = ignored_;
    require_labels(on, labels, n, 1, channels, ignored);
    const View p = x.packed(on.scratch());
    float *losses = on.scratch() + channels * n, *counts = losses + n, *sums = counts + n;
    Softmax<On>::softmax(on, x, p, channels);
    on.for_each(inner, outer, [=] SIAMESE_HD(int64_t i, int64_t o) {
      const int label = static_cast<int>(labels.linear(o * inner + i));
      const bool skip = ignored(label);
      float loss = 0;
      for (int64_t c = 0; !skip && c < channels; ++c) {
        const float q = p.at(c * inner + i, o);
        loss -= H.linear(label * channels + c) * std::log(q < 1e-20f ? 1e-20f : q);
      }
      losses[i * outer + o] = loss;
      counts[i * outer + o] = skip ? 0 : 1;
    });
    on.sum_over_cols(
        2, n, [=] SIAMESE_HD(int64_t r, int64_t k) { return losses[r * n + k]; },
        [=] SIAMESE_HD(int64_t r, float sum) { sums[r] = sum; });
    const Normalizer normalizer = normalizer_;
    float* loss = this->top(0).data.data;
    on.for_each(1, [=] SIAMESE_HD(int64_t) { *loss = sums[0] / normalizer(sums[1]); });
    if (this->args.tops.size() > 1) Softmax<On>::softmax(on, x, this->top(1).data, channels);
  }

  void backward(On& on) override {
    const View x = this->bottom(0).data, labels = this->bottom(1).data, dx = this->bottom(0).diff, H = matrix();
    if (!dx) return;
    const int64_t channels = channels_, inner = inner_;
    const Ignored ignored = ignored_;
    const Normalizer normalizer = normalizer_;
    const float* weight = this->top(0).diff.data;
    float* scale = on.scratch();
    on.sum_over_cols(
        1, outer_ * inner,
        [=] SIAMESE_HD(int64_t, int64_t k) { return ignored(static_cast<int>(labels.linear(k))) ? 0.0f : 1.0f; },
        [=] SIAMESE_HD(int64_t, float valid) { *scale = *weight / normalizer(valid); });
    Softmax<On>::softmax(on, x, dx, channels);
    on.for_each(inner, outer_, [=] SIAMESE_HD(int64_t i, int64_t o) {
      const int label = static_cast<int>(labels.linear(o * inner + i));
      const bool skip = ignored(label);
      float sum = 0;
      for (int64_t c = 0; !skip && c < channels; ++c) sum += H.linear(label * channels + c);
      for (int64_t c = 0; c < channels; ++c) {
        float& d = dx.at(c * inner + i, o);
        d = skip ? 0 : (d * sum - H.linear(label * channels + c)) * *scale;
      }
    });
  }

 private:
  // The attribute, in memory of the backend; once.
  void copy_matrix(On& on) {
    if (matrix_.size() == 0 || copied_) return;
    const std::vector<double>& list = this->args.attributes.list("infogain");
    const std::vector<float> values(list.begin(), list.end());
    if (static_cast<int64_t>(values.size()) != matrix_.size()) throw std::invalid_argument("plan: bad infogain");
    on.copy_from_host(matrix_.data(), values.data(), matrix_.size());
    copied_ = true;
  }
  View matrix() {
    if (matrix_.size() == 0) return this->bottom(2).data;
    View H;
    H.data = matrix_.data();
    H.rows = matrix_.size();
    H.cols = H.pitch = 1;
    return H;
  }

  int64_t channels_, outer_, inner_;
  Ignored ignored_;
  Normalizer normalizer_;
  typename On::Memory matrix_;
  bool copied_ = false;
};

}  // namespace siamese
