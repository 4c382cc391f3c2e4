// The windows of a convolution as channels: y[c, kh, kw](oh, ow) = x[c](oh * stride - pad + kh * dilation, ...) or 0.
// dx = sum of the dy that took it. bottom 0: (N, C, H, W); top 0: (N, C * kernel_h * kernel_w, OH, OW); split 1.
// Attributes: kernel, stride, pad, dilation: lists of two. Source: Caffe im2col_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"
#include "windows.h"

namespace siamese {

template <class On>
class Im2col final : public Layer<On> {
 public:
  explicit Im2col(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Shape &x = this->bottom(0).data.shape, &y = this->top(0).data.shape;
    windows_ = {window_axis(this->args.attributes, 0, x[2], y[2]), window_axis(this->args.attributes, 1, x[3], y[3])};
  }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Windows w = windows_;
    on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
      const int64_t from = w.source(r);
      y.at(r, n) = from < 0 ? 0 : x.at(from, n);
    });
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Windows w = windows_;
    on.for_each(dx.rows, dx.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
      const int64_t column = r % w.w.size, row = r / w.w.size % w.h.size, channel = r / w.w.size / w.h.size;
      float sum = 0;
      for (int64_t kh = 0; kh < w.h.kernel; ++kh) {
        const int64_t oh = w.h.window(row, kh);
        for (int64_t kw = 0; oh >= 0 && kw < w.w.kernel; ++kw) {
          const int64_t ow = w.w.window(column, kw);
          if (ow < 0) continue;
          sum += dy.at((((channel * w.h.kernel + kh) * w.w.kernel + kw) * w.h.windows + oh) * w.w.windows + ow, n);
        }
      }
      dx.at(r, n) = sum;
    });
  }

 private:
  struct Windows {
    WindowAxis h, w;

    // The bottom's row for a row of the top, or -1 outside.
    SIAMESE_HD int64_t source(int64_t r) const {
      const int64_t ow = r % w.windows, oh = r / w.windows % h.windows, patch = r / w.windows / h.windows;
      const int64_t kw = patch % w.kernel, kh = patch / w.kernel % h.kernel, channel = patch / w.kernel / h.kernel;
      const int64_t y = h.position(oh, kh), x = w.position(ow, kw);
      return y < 0 || x < 0 ? -1 : (channel * h.size + y) * w.size + x;
    }
  };

  Windows windows_;
};

}  // namespace siamese
