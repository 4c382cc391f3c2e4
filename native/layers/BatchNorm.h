// y = (x - mean_c) / sqrt(var_c + eps), of the batch or of the running sums. In place allowed.
// Batch: dx = (dy - mean(dy) - y * mean(dy * y)) / sqrt(var + eps); running: dx = dy / sqrt(var + eps).
// bottom 0, top 0: split 1, rows = channels x inner. params: sums of means (C), of variances (C), of weights (1): each
// batch adds 1 x its own to fraction x the sum; then, where a Scale layer is fused, its scale and its bias, if it has one.
// Attributes: channels, use_global_stats, moving_average_fraction, eps; scale: y * scale_c + bias_c; relu: max(y, 0) in the
// same pass, the gradient of which is another layer's.
// Source: Caffe batch_norm_layer.cpp, scale_layer.cpp. In place, x is kept in memory of its own.
#pragma once
#include "../engine/layer.h"
#include "normalise.h"

namespace siamese {

template <class On>
class BatchNorm final : public Layer<On> {
 public:
  explicit BatchNorm(LayerArguments arguments)
      : Layer<On>(std::move(arguments)),
        global_(this->args.attributes.flag("use_global_stats")),
        spread_{this->args.attributes.integer("channels"), 0},
        statistics_(2 * spread_.size) {
    const Tensor& x = this->bottom(0).data;
    spread_.inner = x.rows / spread_.size;
    const bool in_place = x.data == this->top(0).data.data, learns = scales() && scale().diff;
    if (in_place && this->top(0).diff && (!global_ || learns)) saved_ = typename On::Memory(x.extent());
  }

  int64_t scratch() const override { return this->bottom(0).data.rows + 2 * spread_.size; }

  void forward(On& on) override {
    Normalisation p = {};
    p.x = this->bottom(0).data;
    p.y = this->top(0).data;
    if (scales()) p.scale = scale().data, p.bias = bias().data;
    p.means = this->param(0).data;
    p.variances = this->param(1).data;
    p.weights = this->param(2).data;
    p.spread = spread_;
    p.fraction = static_cast<float>(this->args.attributes.number("moving_average_fraction"));
    p.eps = static_cast<float>(this->args.attributes.number("eps"));
    p.relu = this->args.attributes.flag("relu");
    p.mean = statistics_.data();
    p.inverse = p.mean + spread_.size;
    if (saved_.size() > 0) map(on, p.x, as_it_was(), [=] SIAMESE_HD(float v) { return v; });
    if (!global_) return normalise(on, p, on.scratch());
    running_statistics(on, p);
    apply_normalisation(on, p);
  }

  void backward(On& on) override {
    NormalisationGradient p = {};
    p.x = as_it_was();
    p.dy = this->top(0).diff;
    p.dx = this->bottom(0).diff;
    if (scales()) p.scale = scale().data, p.dscale = scale().diff, p.dbias = bias().diff;
    p.spread = spread_;
    p.mean = statistics_.data();
    p.inverse = p.mean + spread_.size;
    p.constant = global_;
    if (p.dx || p.dscale || p.dbias) normalise_backward(on, p, on.scratch());
  }

 private:
  bool scales() const { return this->args.attributes.flag("scale"); }
  const Blob& scale() const { return this->param(3); }
  Blob bias() const { return this->args.params.size() > 4 ? this->param(4) : Blob(); }

  void running_statistics(On& on, const Normalisation& p) {
    const View means = p.means, variances = p.variances, weights = p.weights;
    const float eps = p.eps;
    float *mean = p.mean, *inverse = p.inverse;
    on.for_each(spread_.size, [=] SIAMESE_HD(int64_t c) {
      const float weight = weights.linear(0) == 0 ? 0 : 1 / weights.linear(0);
      mean[c] = means.linear(c) * weight;
      inverse[c] = 1 / std::sqrt(variances.linear(c) * weight + eps);
    });
  }

  View as_it_was() {
    View x = this->bottom(0).data;
    if (saved_.size() > 0) x.data = saved_.data();
    return x;
  }

  bool global_;
  Broadcast spread_;
  typename On::Memory statistics_;  // of the pass: means, then 1 / sqrt(var + eps)
  typename On::Memory saved_;
};

}  // namespace siamese
