// One correlation and its two gradients by cuDNN, over blobs in Caffe's order. A deconvolution is the same with the roles
// of top and bottom exchanged.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "on_cuda.h"

namespace siamese {

class CudnnConvolution {
 public:
  // Sizes along the spatial axes, up to three of them; channels are those of all groups.
  struct Shape {
    int64_t images, channels, outputs, group;
    std::vector<int64_t> in, out, kernel, stride, pad, dilation;
  };

  explicit CudnnConvolution(Shape shape);

  // y = x correlated with w
  void forward(OnCuda& on, const float* x, const float* w, float* y);
  // dx = the gradient of x
  void data_gradient(OnCuda& on, const float* w, const float* dy, float* dx);
  // dw += the gradient of w
  void weight_gradient(OnCuda& on, const float* x, const float* dy, float* dw);

 private:
  struct Step {
    bool known = false;
    Algorithm algorithm;
  };

  void describe(OnCuda& on);
  void set_math(cudnnMathType_t math);
  void take(OnCuda& on, const Algorithm& algorithm);
  std::string key(const char* step) const;
  int64_t x_count() const;
  int64_t y_count() const;
  int64_t w_count() const;

  Shape shape_;
  bool described_ = false;
  TensorDescriptor x_, y_;
  FilterDescriptor w_;
  ConvolutionDescriptor convolution_;
  Step forward_, data_, weights_;
};

}  // namespace siamese
