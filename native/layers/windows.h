// Windows of a kernel along one axis of an image, for the layers that go through them one by one.
#pragma once
#include <cstdint>

#include "../engine/attributes.h"

namespace siamese {

struct WindowAxis {
  int64_t size;     // of the image
  int64_t windows;  // how many there are
  int64_t kernel, stride, pad, dilation;

  // The window in which position i is the k-th, or -1.
  SIAMESE_HD int64_t window(int64_t i, int64_t k) const {
    const int64_t start = i + pad - k * dilation;
    return start >= 0 && start % stride == 0 && start / stride < windows ? start / stride : -1;
  }
  // The position of the k-th of a window, or -1 in the padding.
  SIAMESE_HD int64_t position(int64_t window, int64_t k) const {
    const int64_t i = window * stride - pad + k * dilation;
    return i < 0 || i >= size ? -1 : i;
  }
};

// From the attributes kernel, stride, pad and dilation: lists, of which the a-th entries count.
inline WindowAxis window_axis(const Attributes& attributes, size_t a, int64_t size, int64_t windows) {
  const auto of = [&](const char* name) { return static_cast<int64_t>(attributes.list(name).at(a)); };
  return {size, windows, of("kernel"), of("stride"), of("pad"), of("dilation")};
}

}  // namespace siamese
