// Batch normalisation on the CPU, a channel at a time: what it sums first it finds in the second cache afterwards.
#include "../layers/normalise.h"

#include <initializer_list>

#include "kernels.h"
#include "on_cpu.h"

namespace siamese {

namespace {

// The rows of a channel as spans of neighbouring floats: one, unless a row of some blob is padded.
struct Spans {
  int64_t inner, cols, count, rows;  // spans of a channel, rows of a span

  Spans(const Broadcast& spread, std::initializer_list<View> views) : inner(spread.inner) {
    bool whole = true;
    for (const View& v : views) {
      if (v) cols = v.cols, whole = whole && v.pitch == v.cols;
    }
    count = whole ? 1 : inner;
    rows = whole ? inner : 1;
  }

  // body(first row, floats)
  template <class Body>
  void each(int64_t channel, const Body& body) const {
    for (int64_t i = 0; i < count; ++i) body(channel * inner + i * rows, rows * cols);
  }
};

void apply(const Normalisation& p, const Spans& spans, int64_t c) {
  const float scale = p.scale ? p.scale.linear(c) : 1, bias = p.bias ? p.bias.linear(c) : 0;
  const SpanAffine by = {p.mean[c], p.inverse[c] * scale, bias, p.relu};
  spans.each(c, [&](int64_t row, int64_t n) {
    kernels().span_affine(p.x.data + row * p.x.pitch, by, p.y.data + row * p.y.pitch, n);
  });
}

}  // namespace

void apply_normalisation(OnCpu& on, const Normalisation& p) {
  const Spans spans(p.spread, {p.x, p.y});
  on.parallel(p.spread.size, [&](int64_t c) { apply(p, spans, c); });
}

void normalise(OnCpu& on, const Normalisation& p, float*) {
  const Kernels& k = kernels();
  const float items = static_cast<float>(p.x.count() / p.spread.size);
  const float unbiased = items > 1 ? items / (items - 1) : 1;
  const Spans spans(p.spread, {p.x, p.y});
  on.parallel(p.spread.size, [&](int64_t c) {
    double sum = 0, deviations = 0;
    spans.each(c, [&](int64_t row, int64_t n) { sum += k.span_sum(p.x.data + row * p.x.pitch, n); });
    const float mean = static_cast<float>(sum) / items;
    spans.each(c, [&](int64_t row, int64_t n) {
      deviations += k.span_deviations(p.x.data + row * p.x.pitch, mean, n);
    });
    const float variance = static_cast<float>(deviations) / items;
    p.mean[c] = mean;
    p.inverse[c] = 1 / std::sqrt(variance + p.eps);
    p.means.linear(c) = p.fraction * p.means.linear(c) + mean;
    p.variances.linear(c) = p.fraction * p.variances.linear(c) + unbiased * variance;
    apply(p, spans, c);
  });
  p.weights.linear(0) = p.fraction * p.weights.linear(0) + 1;
}

void normalise_backward(OnCpu& on, const NormalisationGradient& p, float*) {
  const Kernels& k = kernels();
  const float items = static_cast<float>(p.dy.count() / p.spread.size);
  const Spans spans(p.spread, {p.x, p.dy, p.dx});
  on.parallel(p.spread.size, [&](int64_t c) {
    double sum = 0, products = 0;
    spans.each(c, [&](int64_t row, int64_t n) {
      const float* const dy = p.dy.data + row * p.dy.pitch;
      sum += k.span_sum(dy, n);
      products += k.span_products(p.x.data + row * p.x.pitch, p.mean[c], dy, n);
    });
    const float inverse = p.inverse[c], dy_y = static_cast<float>(products) * inverse;
    if (p.dbias) p.dbias.linear(c) += static_cast<float>(sum);
    if (p.dscale) p.dscale.linear(c) += dy_y;
    if (!p.dx) return;
    const float factor = inverse * (p.scale ? p.scale.linear(c) : 1);
    SpanCombine by = {static_cast<float>(sum) / items, p.mean[c], dy_y / items * inverse, factor};
    if (p.constant) by.dy_mean = by.slope = 0;
    spans.each(c, [&](int64_t row, int64_t n) {
      k.span_combine(p.dy.data + row * p.dy.pitch, p.x.data + row * p.x.pitch, by, p.dx.data + row * p.dx.pitch, n);
    });
  });
}

}  // namespace siamese
