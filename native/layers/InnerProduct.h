// A full connection; formula and shapes in src/layers/InnerProduct.ts. Rows of a tensor are inputs or outputs, columns
// images. Attributes: transpose: the weights are (K, num_output); relu: y = max(y, 0) in the same pass.
#pragma once
#include "../engine/layer.h"

namespace siamese {

template <class On>
class InnerProduct final : public Layer<On> {
 public:
  explicit InnerProduct(LayerArguments arguments) : Layer<On>(std::move(arguments)) {}

  void forward(On& on) override;
  void backward(On& on) override;
  int64_t scratch() const override;
};

class OnCpu;
template <>
void InnerProduct<OnCpu>::forward(OnCpu& on);
template <>
void InnerProduct<OnCpu>::backward(OnCpu& on);
template <>
int64_t InnerProduct<OnCpu>::scratch() const;

}  // namespace siamese
