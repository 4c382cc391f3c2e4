// The maximum or average of moving windows over two axes; formula and shapes in src/layers/Pooling.ts.
// Wants the batch innermost. Attributes: pool (MAX or AVE); kernel, stride, pad: [height, width].
#pragma once
#include <vector>

#include "../engine/layer.h"

namespace siamese {

template <class On>
class Pooling final : public Layer<On> {
 public:
  explicit Pooling(LayerArguments arguments);

  void forward(On& on) override;
  void backward(On& on) override;

 private:
  // What a window sees of one axis: [begin, end) lies within the image, `length` is what an average divides by.
  struct Span {
    int64_t begin, end, length;
  };
  std::vector<Span> spans(int axis) const;
  void forward_row(int64_t channel, int64_t row) const;
  void backward_row(int64_t channel, int64_t row) const;

  bool max_;
  bool once_;  // each place of the bottom is in exactly one window
  std::vector<Span> rows_, cols_;
};

class OnCpu;
template <>
Pooling<OnCpu>::Pooling(LayerArguments arguments);
template <>
void Pooling<OnCpu>::forward(OnCpu& on);
template <>
void Pooling<OnCpu>::backward(OnCpu& on);

}  // namespace siamese
