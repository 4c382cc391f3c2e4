// Pooling on a GPU, by kernels of our own: Caffe's windows reach beyond what cuDNN's do, and are clipped otherwise. A thread
// gathers for each place of the top, and backward of the bottom, so that no sum depends on which thread was first.
#pragma once
#include <cfloat>

#include "../cuda/on_cuda.h"
#include "Pooling.h"

namespace siamese {

template <>
class Pooling<OnCuda> final : public Layer<OnCuda> {
 public:
  explicit Pooling(LayerArguments arguments)
      : Layer<OnCuda>(std::move(arguments)),
        max_(args.attributes.text("pool") == "MAX"),
        stochastic_(args.attributes.text("pool") == "STOCHASTIC"),
        sample_(stochastic_ && args.attributes.flag("sample")),
        draws_(args.seed),
        h_(axis(0)),
        w_(axis(1)),
        planes_(bottom(0).data.dim(0) * bottom(0).data.dim(1)) {
    if ((max_ || sample_) && bottom(0).diff) places_ = DeviceArray<int>(top(0).data.count());
  }

  void forward(OnCuda& on) override {
    const Axis h = h_, w = w_;
    const float* const x = bottom(0).data.data;
    float* const y = top(0).data.data;
    if (stochastic_) return forward_stochastic(on);
    if (!max_) {
      return on.for_each(planes_ * h.windows * w.windows, [=] SIAMESE_HD(int64_t i) {
        const Window row = h.window(i / w.windows % h.windows), col = w.window(i % w.windows);
        const float* const plane = x + i / w.windows / h.windows * h.size * w.size;
        float sum = 0;
        for (int64_t r = row.begin; r < row.end; ++r) {
          for (int64_t c = col.begin; c < col.end; ++c) sum += plane[r * w.size + c];
        }
        y[i] = sum / divisor(row, col);
      });
    }
    int* const places = places_.data();
    float* const mask = args.tops.size() > 1 ? top(1).data.data : nullptr;
    on.for_each(planes_ * h.windows * w.windows, [=] SIAMESE_HD(int64_t i) {
      const Window row = h.window(i / w.windows % h.windows), col = w.window(i % w.windows);
      const float* const plane = x + i / w.windows / h.windows * h.size * w.size;
      float most = -FLT_MAX;
      int64_t place = -1;  // of equal maxima the first
      for (int64_t r = row.begin; r < row.end; ++r) {
        for (int64_t c = col.begin; c < col.end; ++c) {
          const float v = plane[r * w.size + c];
          if (!(v > most) && !(place < 0 && v == most)) continue;
          most = v;
          place = r * w.size + c;
        }
      }
      y[i] = most;
      if (places != nullptr) places[i] = static_cast<int>(place);
      if (mask != nullptr) mask[i] = static_cast<float>(place);
    });
  }

  void backward(OnCuda& on) override {
    if (!bottom(0).diff) return;
    const Axis h = h_, w = w_;
    const float* const dy = top(0).diff.data;
    float* const dx = bottom(0).diff.data;
    const int* const places = places_.data();
    const bool placed = max_ || sample_, stochastic = stochastic_;
    const float* const x = bottom(0).data.data;
    on.for_each(planes_ * h.size * w.size, [=] SIAMESE_HD(int64_t i) {
      const int64_t r = i / w.size % h.size, c = i % w.size, here = r * w.size + c;
      const int64_t plane = i / w.size / h.size * h.windows * w.windows;
      float sum = 0;
      for (int64_t o = h.first(r); o < h.windows && o * h.stride - h.pad <= r; ++o) {
        for (int64_t p = w.first(c); p < w.windows && p * w.stride - w.pad <= c; ++p) {
          const int64_t window = plane + o * w.windows + p;
          if (placed) {
            if (places[window] == here) sum += dy[window];
          } else if (stochastic) {
            const float* const from = x + i / w.size / h.size * h.size * w.size;
            const Plane value = {from, 1};
            const WeightedMean mean = weighted_mean(pooled(h.window(o), w.window(p), w.size), value);
            sum += dy[window] * weighted_mean_slope(mean, from[here]);
          } else {
            sum += dy[window] / divisor(h.window(o), w.window(p));
          }
        }
      }
      dx[i] = sum;
    });
  }

  std::vector<uint8_t> state(OnCuda& on) const override {
    return sample_ ? draws_.state(on) : std::vector<uint8_t>();
  }
  void set_state(OnCuda& on, const std::vector<uint8_t>& bytes) override {
    if (sample_ || !bytes.empty()) draws_.set_state(on, bytes, "Pooling");
  }

 private:
  // What a window sees of one axis: [begin, end) lies within the image, `length` is what an average divides by.
  struct Window {
    int64_t begin, end, length;
  };
  struct Axis {
    int64_t size, windows, kernel, stride, pad;

    SIAMESE_HD Window window(int64_t o) const {
      const int64_t begin = o * stride - pad;
      const int64_t end = begin + kernel < size + pad ? begin + kernel : size + pad;
      return {begin > 0 ? begin : 0, end < size ? end : size, end - begin};
    }
    // The first window that reaches position i.
    SIAMESE_HD int64_t first(int64_t i) const {
      const int64_t reach = i + pad - kernel;  // windows that begin there or before end too early
      return reach < 0 ? 0 : reach / stride + 1;
    }
  };

  void forward_stochastic(OnCuda& on) {
    if (sample_) draws_.advance(on);
    const Axis h = h_, w = w_;
    const bool sample = sample_;
    const DrawsOfPass draws = draws_.of_pass();
    const float* const x = bottom(0).data.data;
    float* const y = top(0).data.data;
    int* const places = places_.data();
    on.for_each(planes_ * h.windows * w.windows, [=] SIAMESE_HD(int64_t i) {
      const float* const plane = x + i / w.windows / h.windows * h.size * w.size;
      const PooledWindow window = pooled(h.window(i / w.windows % h.windows), w.window(i % w.windows), w.size);
      const Plane value = {plane, 1};
      if (!sample) {
        y[i] = weighted_mean(window, value).mean;
        return;
      }
      const int64_t place = drawn_place(window, draws.uniform(i), value);
      y[i] = place < 0 ? 0.0f : plane[place];
      if (places != nullptr) places[i] = static_cast<int>(place);
    });
  }

  SIAMESE_HD static PooledWindow pooled(const Window& row, const Window& col, int64_t width) {
    return {row.begin, row.end, col.begin, col.end, width};
  }

  // Caffe divides by 0 where a window has no size, outside the image; the sum is 0 then.
  SIAMESE_HD static float divisor(const Window& row, const Window& col) {
    const int64_t size = row.length * col.length;
    return size == 0 ? 1.0f : static_cast<float>(size);
  }

  Axis axis(int a) const {
    const auto at = [&](const char* name) {
      return static_cast<int64_t>(args.attributes.list(name).at(static_cast<size_t>(a)));
    };
    return {bottom(0).data.dim(2 + a), top(0).data.dim(2 + a), at("kernel"), at("stride"), at("pad")};
  }

  bool max_, stochastic_, sample_;
  Draws<OnCuda> draws_;
  Axis h_, w_;
  int64_t planes_;
  DeviceArray<int> places_;  // where in its plane each window's maximum, or what it drew, is
};

}  // namespace siamese
