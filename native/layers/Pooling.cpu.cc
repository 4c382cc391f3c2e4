// Pooling on the CPU, a channel to a task, a window at a time over rows of images.
#include "Pooling.h"

#include <algorithm>

#include "../cpu/kernels.h"
#include "../cpu/on_cpu.h"

namespace siamese {

namespace {

// Caffe divides by 0 where a window has no size, outside the image; the sum is 0 then.
float divisor(int64_t size) { return size == 0 ? 1.f : static_cast<float>(size); }

// places[n] = the first place in the window where x is y[n]; -1 where there is none.
void find_maxima(const Window& window, const float* x, int64_t x_pitch, const float* y, float* places, int64_t cols) {
  std::fill(places, places + cols, -1.f);
  for (int64_t h = window.bottom; h-- > window.top;) {
    for (int64_t w = window.right; w-- > window.left;) {
      const int64_t place = h * window.width + w;
      for (int64_t n = 0; n < cols; ++n) {
        if (x[place * x_pitch + n] == y[n]) places[n] = static_cast<float>(place);
      }
    }
  }
}

}  // namespace

template <>
std::vector<Pooling<OnCpu>::Span> Pooling<OnCpu>::spans(int axis) const {
  const auto at = [&](const char* name) { return static_cast<int64_t>(args.attributes.list(name).at(axis)); };
  const int64_t size = bottom(0).data.dim(2 + axis), kernel = at("kernel"), stride = at("stride"), pad = at("pad");
  std::vector<Span> spans;
  for (int64_t o = 0; o < top(0).data.dim(2 + axis); ++o) {
    const int64_t begin = o * stride - pad, end = std::min(begin + kernel, size + pad);
    spans.push_back({std::max<int64_t>(begin, 0), std::min(end, size), end - begin});
  }
  return spans;
}

template <>
Pooling<OnCpu>::Pooling(LayerArguments arguments) : Layer<OnCpu>(std::move(arguments)), draws_(args.seed) {
  max_ = args.attributes.text("pool") == "MAX";
  stochastic_ = args.attributes.text("pool") == "STOCHASTIC";
  sample_ = stochastic_ && args.attributes.flag("sample");
  rows_ = spans(0);
  cols_ = spans(1);
  const auto covers_once = [](const std::vector<Span>& spans, int64_t size) {
    int64_t next = 0;
    for (const Span& span : spans) {
      if (span.begin != next || span.end <= span.begin) return false;
      next = span.end;
    }
    return next == size;
  };
  once_ = covers_once(rows_, bottom(0).data.dim(2)) && covers_once(cols_, bottom(0).data.dim(3));
}

template <>
void Pooling<OnCpu>::forward_row(int64_t channel, int64_t row) const {
  const Tensor &x = bottom(0).data, &y = top(0).data;
  const int64_t width = x.dim(3), windows = static_cast<int64_t>(cols_.size());
  const Kernels& k = kernels();
  const float* from = x.data + channel * x.dim(2) * width * x.pitch;
  for (int64_t o = 0; o < windows; ++o) {
    const Span &h = rows_[row], &w = cols_[o];
    const Window window = {h.begin, h.end, w.begin, w.end, width, false};
    const int64_t place = (channel * static_cast<int64_t>(rows_.size()) + row) * windows + o;
    float* to = y.data + place * y.pitch;
    if (max_) {
      k.max_window(window, from, x.pitch, to, x.cols);
      if (args.tops.size() > 1)
        find_maxima(window, from, x.pitch, to, top(1).data.data + place * top(1).data.pitch, x.cols);
    } else {
      k.average_window(window, divisor(h.length * w.length), from, x.pitch, to, x.cols);
    }
  }
}

template <>
void Pooling<OnCpu>::backward_row(int64_t channel, int64_t row) const {
  const Tensor &x = bottom(0).data, &y = top(0).data, &dy = top(0).diff, &dx = bottom(0).diff;
  const int64_t width = dx.dim(3), plane = channel * dx.dim(2) * width, windows = static_cast<int64_t>(cols_.size());
  const Kernels& k = kernels();
  for (int64_t o = 0; o < windows; ++o) {
    const Span &h = rows_[row], &w = cols_[o];
    const Window window = {h.begin, h.end, w.begin, w.end, width, once_};
    const int64_t place = (channel * static_cast<int64_t>(rows_.size()) + row) * windows + o;
    const float* g = dy.data + place * dy.pitch;
    float* to = dx.data + plane * dx.pitch;
    if (max_) {
      k.max_window_backward(window, x.data + plane * x.pitch, x.pitch, y.data + place * y.pitch, g, to, dx.pitch,
                            dx.cols);
    } else {
      k.average_window_backward(window, divisor(h.length * w.length), g, to, dx.pitch, dx.cols);
    }
  }
}

template <>
void Pooling<OnCpu>::forward_stochastic(int64_t channel, int64_t row, const DrawsOfPass& draws) const {
  const Tensor &x = bottom(0).data, &y = top(0).data;
  const int64_t width = x.dim(3), windows = static_cast<int64_t>(cols_.size());
  const float* const from = x.data + channel * x.dim(2) * width * x.pitch;
  for (int64_t o = 0; o < windows; ++o) {
    const PooledWindow window = {rows_[row].begin, rows_[row].end, cols_[o].begin, cols_[o].end, width};
    const int64_t place = (channel * static_cast<int64_t>(rows_.size()) + row) * windows + o;
    for (int64_t n = 0; n < x.cols; ++n) {
      const Plane value = {from + n, x.pitch};
      float& to = y.data[place * y.pitch + n];
      if (!sample_) {
        to = weighted_mean(window, value).mean;
        continue;
      }
      const int64_t at = drawn_place(window, draws.uniform(n * y.rows + place), value);
      to = at < 0 ? 0 : value(at);
    }
  }
}

template <>
void Pooling<OnCpu>::backward_stochastic(int64_t channel, int64_t row, const DrawsOfPass& draws) const {
  const Tensor &x = bottom(0).data, &dy = top(0).diff, &dx = bottom(0).diff;
  const int64_t width = dx.dim(3), plane = channel * dx.dim(2) * width, windows = static_cast<int64_t>(cols_.size());
  const float* const from = x.data + plane * x.pitch;
  float* const to = dx.data + plane * dx.pitch;
  for (int64_t o = 0; o < windows; ++o) {
    const PooledWindow window = {rows_[row].begin, rows_[row].end, cols_[o].begin, cols_[o].end, width};
    const int64_t place = (channel * static_cast<int64_t>(rows_.size()) + row) * windows + o;
    for (int64_t n = 0; n < dx.cols; ++n) {
      const Plane value = {from + n, x.pitch};
      const float g = dy.data[place * dy.pitch + n];
      if (sample_) {
        const int64_t at = drawn_place(window, draws.uniform(n * dy.rows + place), value);
        if (at >= 0) to[at * dx.pitch + n] += g;
        continue;
      }
      const WeightedMean mean = weighted_mean(window, value);
      for (int64_t h = window.top; h < window.bottom; ++h) {
        for (int64_t w = window.left; w < window.right; ++w) {
          to[(h * width + w) * dx.pitch + n] += g * weighted_mean_slope(mean, value(h * width + w));
        }
      }
    }
  }
}

template <>
void Pooling<OnCpu>::forward(OnCpu& on) {
  const int64_t rows = static_cast<int64_t>(rows_.size());
  if (stochastic_) {
    if (sample_) draws_.advance(on);
    const DrawsOfPass draws = draws_.of_pass();
    on.parallel(bottom(0).data.dim(1) * rows,
                [&](int64_t task) { forward_stochastic(task / rows, task % rows, draws); });
    return;
  }
  on.parallel(bottom(0).data.dim(1) * rows, [&](int64_t task) { forward_row(task / rows, task % rows); });
}

template <>
void Pooling<OnCpu>::backward(OnCpu& on) {
  const Tensor dx = bottom(0).diff;
  if (!dx) return;
  const int64_t rows = static_cast<int64_t>(rows_.size()), channels = dx.dim(1), places = dx.dim(2) * dx.dim(3);
  const DrawsOfPass draws = draws_.of_pass();
  if (once_ && !stochastic_) {
    on.parallel(channels * rows, [&](int64_t task) { backward_row(task / rows, task % rows); });
    return;
  }
  // Windows that overlap, or leave places out: a channel to a task.
  on.parallel(channels, [&](int64_t channel) {
    for (int64_t r = channel * places; r < (channel + 1) * places; ++r) {
      std::fill(dx.data + r * dx.pitch, dx.data + r * dx.pitch + dx.cols, 0.f);
    }
    for (int64_t row = 0; row < rows; ++row) {
      if (stochastic_) {
        backward_stochastic(channel, row, draws);
      } else {
        backward_row(channel, row);
      }
    }
  });
}

template class Pooling<OnCpu>;

}  // namespace siamese
