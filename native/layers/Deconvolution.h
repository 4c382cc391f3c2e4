// The transpose of a convolution: each x spreads its kernel over y, y[p * stride - pad + k * dilation] += w[k] * x[p].
// bottom i: (N, C, H, W), top i: (N, O, OH, OW), split 1. params: weights (C, O / group, kernel_h, kernel_w), bias (O).
// Attributes: group, and kernel, stride, pad, dilation: lists of two. Source: Caffe deconv_layer.cpp.
// Written for clarity: each output gathers what reaches it.
#pragma once
#include "../engine/layer.h"
#include "view.h"
#include "windows.h"

namespace siamese {

template <class On>
class Deconvolution final : public Layer<On> {
 public:
  explicit Deconvolution(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Shape &x = this->bottom(0).data.shape, &y = this->top(0).data.shape;
    const Attributes& attributes = this->args.attributes;
    const int64_t group = attributes.integer("group");
    geometry_ = {x[1] / group, y[1] / group, window_axis(attributes, 0, y[2], x[2]),
                 window_axis(attributes, 1, y[3], x[3])};
    if (this->args.params.size() > 1) bias_ = this->param(1);
  }

  void forward(On& on) override {
    const View weights = this->param(0).data, bias = bias_.data;
    const Geometry g = geometry_;
    for (size_t b = 0; b < this->args.bottoms.size(); ++b) {
      const View x = this->bottom(b).data, y = this->top(b).data;
      on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
        const int64_t ow = r % g.w.size, oh = r / g.w.size % g.h.size, o = r / g.w.size / g.h.size;
        const int64_t first = o / g.outputs * g.inputs;  // the group's first channel
        float sum = bias ? bias.linear(o) : 0;
        for (int64_t kh = 0; kh < g.h.kernel; ++kh) {
          const int64_t ih = g.h.window(oh, kh);
          for (int64_t kw = 0; ih >= 0 && kw < g.w.kernel; ++kw) {
            const int64_t iw = g.w.window(ow, kw);
            if (iw < 0) continue;
            for (int64_t c = first; c < first + g.inputs; ++c) {
              sum += weights.linear(g.weight(c, o % g.outputs, kh, kw)) * x.at(g.input(c, ih, iw), n);
            }
          }
        }
        y.at(r, n) = sum;
      });
    }
  }

  void backward(On& on) override {
    for (size_t b = 0; b < this->args.bottoms.size(); ++b) {
      bottom_gradient(on, this->top(b).diff, this->bottom(b).diff);
      if (this->param(0).diff) weight_gradient(on, this->bottom(b).data, this->top(b).diff);
      if (bias_.diff) bias_gradient(on, this->top(b).diff);
    }
  }

 private:
  struct Geometry {
    int64_t inputs, outputs;  // channels in a group
    WindowAxis h, w;          // the image is the top, the windows are the bottom's pixels

    SIAMESE_HD int64_t weight(int64_t c, int64_t o, int64_t kh, int64_t kw) const {
      return ((c * outputs + o) * h.kernel + kh) * w.kernel + kw;
    }
    SIAMESE_HD int64_t input(int64_t c, int64_t ih, int64_t iw) const { return (c * h.windows + ih) * w.windows + iw; }
    SIAMESE_HD int64_t output(int64_t o, int64_t oh, int64_t ow) const { return (o * h.size + oh) * w.size + ow; }
  };

  void bottom_gradient(On& on, const View& dy, const View& dx) {
    if (!dx) return;
    const View weights = this->param(0).data;
    const Geometry g = geometry_;
    on.for_each(dx.rows, dx.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
      const int64_t iw = r % g.w.windows, ih = r / g.w.windows % g.h.windows, c = r / g.w.windows / g.h.windows;
      const int64_t first = c / g.inputs * g.outputs;
      float sum = 0;
      for (int64_t kh = 0; kh < g.h.kernel; ++kh) {
        const int64_t oh = g.h.position(ih, kh);
        for (int64_t kw = 0; oh >= 0 && kw < g.w.kernel; ++kw) {
          const int64_t ow = g.w.position(iw, kw);
          for (int64_t o = 0; ow >= 0 && o < g.outputs; ++o) {
            sum += weights.linear(g.weight(c, o, kh, kw)) * dy.at(g.output(first + o, oh, ow), n);
          }
        }
      }
      dx.at(r, n) = sum;
    });
  }

  void weight_gradient(On& on, const View& x, const View& dy) {
    const View dweights = this->param(0).diff;
    const Geometry g = geometry_;
    const int64_t items = x.cols;
    on.sum_over_cols(
        dweights.count(), g.h.windows * g.w.windows * items,
        [=] SIAMESE_HD(int64_t r, int64_t k) {
          const int64_t kw = r % g.w.kernel, kh = r / g.w.kernel % g.h.kernel, pair = r / g.w.kernel / g.h.kernel;
          const int64_t c = pair / g.outputs, o = c / g.inputs * g.outputs + pair % g.outputs;
          const int64_t n = k % items, iw = k / items % g.w.windows, ih = k / items / g.w.windows;
          const int64_t oh = g.h.position(ih, kh), ow = g.w.position(iw, kw);
          return oh < 0 || ow < 0 ? 0.0f : x.at(g.input(c, ih, iw), n) * dy.at(g.output(o, oh, ow), n);
        },
        [=] SIAMESE_HD(int64_t r, float sum) { dweights.linear(r) += sum; });
  }

  void bias_gradient(On& on, const View& dy) {
    const View dbias = bias_.diff;
    const int64_t pixels = geometry_.h.size * geometry_.w.size, items = dy.cols;
    on.sum_over_cols(
        dbias.count(), pixels * items,
        [=] SIAMESE_HD(int64_t o, int64_t k) { return dy.at(o * pixels + k / items, k % items); },
        [=] SIAMESE_HD(int64_t o, float sum) { dbias.linear(o) += sum; });
  }

  Geometry geometry_;
  Blob bias_;
};

}  // namespace siamese
