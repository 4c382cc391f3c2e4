// Correlation with learned kernels, any number of spatial axes; formula and shapes in src/layers/Convolution.ts.
// Wants the batch innermost: rows of a tensor are (channel, place), columns are images.
// Attributes: group; kernel, stride, pad, dilation (a number for each spatial axis). relu: y = max(y, 0) in the same
// pass, the gradient of which is another layer's. pool_kernel, pool_stride ([height, width], windows that do not
// overlap): the top is the MAX pooling of (relu of) the correlation, which itself is written nowhere.
#pragma once
#include <memory>
#include <vector>

#include "../engine/layer.h"

namespace siamese {

template <class On>
class Convolution final : public Layer<On> {
 public:
  explicit Convolution(LayerArguments arguments);
  ~Convolution() override;

  void forward(On& on) override;
  void backward(On& on) override;
  int64_t scratch() const override;

 private:
  struct Pass;  // what is worked out once for one bottom and its top
  // Floats in scratch: of packed weights, then of what the kernels copy.
  int64_t packed_size() const;
  int64_t copies_size() const;
  const float* gradient(On& on, const Pass& pass, size_t i);
  std::vector<std::unique_ptr<Pass>> passes_;
};

class OnCpu;
template <>
Convolution<OnCpu>::Convolution(LayerArguments arguments);
template <>
Convolution<OnCpu>::~Convolution();
template <>
void Convolution<OnCpu>::forward(OnCpu& on);
template <>
void Convolution<OnCpu>::backward(OnCpu& on);
template <>
int64_t Convolution<OnCpu>::scratch() const;
template <>
int64_t Convolution<OnCpu>::packed_size() const;
template <>
int64_t Convolution<OnCpu>::copies_size() const;

}  // namespace siamese
