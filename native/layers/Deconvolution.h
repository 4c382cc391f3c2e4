// The transpose of a convolution, any number of spatial axes; formula and shapes in src/layers/Deconvolution.ts.
// Wants the batch innermost, as Convolution. Attributes: group; kernel, stride, pad, dilation (a number for each spatial
// axis). relu: y = max(y, 0) in the same pass, the gradient of which is another layer's.
#pragma once
#include <memory>
#include <vector>

#include "../engine/layer.h"

namespace siamese {

template <class On>
class Deconvolution final : public Layer<On> {
 public:
  explicit Deconvolution(LayerArguments arguments);
  ~Deconvolution() override;

  void forward(On& on) override;
  void backward(On& on) override;
  int64_t scratch() const override;

 private:
  struct Pass;  // what is worked out once for one bottom and its top
  int64_t packed_size() const;  // floats in scratch: of packed weights, before what the kernels copy
  std::vector<std::unique_ptr<Pass>> passes_;
};

class OnCpu;
template <>
Deconvolution<OnCpu>::Deconvolution(LayerArguments arguments);
template <>
Deconvolution<OnCpu>::~Deconvolution();
template <>
void Deconvolution<OnCpu>::forward(OnCpu& on);
template <>
void Deconvolution<OnCpu>::backward(OnCpu& on);
template <>
int64_t Deconvolution<OnCpu>::scratch() const;
template <>
int64_t Deconvolution<OnCpu>::packed_size() const;

}  // namespace siamese
