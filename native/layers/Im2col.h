// The windows of a convolution as channels: y[c, k](o) = x[c](o * stride - pad + k * dilation) or 0, k and o over any
// number of axes. dx = sum of the dy that took it. bottom 0: rows (channel, place), top 0: rows (channel, k, o).
// Attributes: kernel, stride, pad, dilation: a number for each axis. Source: Caffe im2col_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "view.h"
#include "windows.h"

namespace siamese {

template <class On>
class Im2col final : public Layer<On> {
 public:
  explicit Im2col(LayerArguments arguments) : Layer<On>(std::move(arguments)) {
    const Tensor &x = this->bottom(0).data, &y = this->top(0).data;
    const int first = x.split + 1;
    windows_.axes = static_cast<int64_t>(this->args.attributes.list("kernel").size());
    if (first + windows_.axes != static_cast<int64_t>(x.shape.size())) throw std::invalid_argument("a window of other axes");
    for (int a = 0; a < windows_.axes; ++a) {
      windows_.axis[a] = window_axis(this->args.attributes, static_cast<size_t>(a), x.dim(first + a), y.dim(first + a));
    }
  }

  void forward(On& on) override {
    const View x = this->bottom(0).data, y = this->top(0).data;
    const Windows w = windows_;
    on.for_each(y.rows, [=] SIAMESE_HD(int64_t r) {
      const int64_t from = w.source(r);
      for (int64_t n = 0; n < y.cols; ++n) y.at(r, n) = from < 0 ? 0 : x.at(from, n);
    });
  }

  void backward(On& on) override {
    const View dy = this->top(0).diff, dx = this->bottom(0).diff;
    if (!dx) return;
    const Windows w = windows_;
    const int64_t kernel = w.kernel();
    on.for_each(dx.rows, [=] SIAMESE_HD(int64_t r) {
      for (int64_t n = 0; n < dx.cols; ++n) dx.at(r, n) = 0;
      for (int64_t k = 0; k < kernel; ++k) {
        const int64_t to = w.destination(r, k);
        for (int64_t n = 0; to >= 0 && n < dx.cols; ++n) dx.at(r, n) += dy.at(to, n);
      }
    });
  }

 private:
  struct Windows {
    WindowAxis axis[Shape::kMaxAxes];
    int64_t axes;

    SIAMESE_HD int64_t kernel() const {
      int64_t product = 1;
      for (int64_t a = 0; a < axes; ++a) product *= axis[a].kernel;
      return product;
    }
    // The bottom's row for a row of the top, or -1 outside.
    SIAMESE_HD int64_t source(int64_t r) const {
      int64_t window[Shape::kMaxAxes];
      for (int64_t a = axes; a-- > 0; r /= axis[a].windows) window[a] = r % axis[a].windows;
      int64_t place = 0, step = 1;
      for (int64_t a = axes; a-- > 0; r /= axis[a].kernel) {
        const int64_t at = axis[a].position(window[a], r % axis[a].kernel);
        if (at < 0) return -1;
        place += at * step;
        step *= axis[a].size;
      }
      return r * step + place;  // r is the channel now
    }
    // The top's row to which part k of the kernel takes a row of the bottom, or -1 where no window has it there.
    SIAMESE_HD int64_t destination(int64_t r, int64_t k) const {
      int64_t place = 0, step = 1;
      int64_t part = k;
      for (int64_t a = axes; a-- > 0; r /= axis[a].size, part /= axis[a].kernel) {
        const int64_t window = axis[a].window(r % axis[a].size, part % axis[a].kernel);
        if (window < 0) return -1;
        place += window * step;
        step *= axis[a].windows;
      }
      return (r * kernel() + k) * step + place;
    }
  };

  Windows windows_;
};

}  // namespace siamese
