// The maximum or average of moving windows over two axes; formula and shapes in src/layers/Pooling.ts.
// Wants the batch innermost. Attributes: pool (MAX, AVE or STOCHASTIC); kernel, stride, pad: [height, width]; sample:
// STOCHASTIC draws a place of each window (TRAIN), else takes the mean of what it would draw.
#pragma once
#include <vector>

#include "../engine/layer.h"
#include "draws.h"
#include "stochastic.h"

namespace siamese {

template <class On>
class Pooling final : public Layer<On> {
 public:
  explicit Pooling(LayerArguments arguments);

  void forward(On& on) override;
  void backward(On& on) override;

  std::vector<uint8_t> state(On& on) const override {
    return sample_ ? draws_.state(on) : std::vector<uint8_t>();
  }
  void set_state(On& on, const std::vector<uint8_t>& bytes) override {
    if (sample_ || !bytes.empty()) draws_.set_state(on, bytes, "Pooling");
  }

 private:
  // What a window sees of one axis: [begin, end) lies within the image, `length` is what an average divides by.
  struct Span {
    int64_t begin, end, length;
  };
  std::vector<Span> spans(int axis) const;
  void forward_row(int64_t channel, int64_t row) const;
  void backward_row(int64_t channel, int64_t row) const;
  void forward_stochastic(int64_t channel, int64_t row, const DrawsOfPass& draws) const;
  void backward_stochastic(int64_t channel, int64_t row, const DrawsOfPass& draws) const;

  bool max_, stochastic_, sample_;
  Draws<On> draws_;
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
