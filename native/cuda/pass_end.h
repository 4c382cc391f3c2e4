// The end of a forward pass on a GPU, in one block: the loss of the pass, the outputs, and the gradients that the way back
// begins with; then the pass is counted.
#pragma once
#include <vector>

#include "../engine/plan.h"
#include "../engine/tensors.h"
#include "on_cuda.h"

namespace siamese {

struct LossPart {
  const float* data;
  float* diff;  // or null
  int64_t count;
  float weight;
};

struct OutputPart {
  const float* data;
  int64_t count, at;  // `at`: among the floats that one iteration puts out
};

// Outputs of the iteration's last pass, for `to`, which has `count` floats for each iteration of the stretch.
struct CopyOutputs {
  const OutputPart* parts;
  int64_t part_count, count;
  float* to;
  const Control* control;

  SIAMESE_DEVICE void operator()(int64_t i) const {
    if ((control->pass + 1) % control->passes != 0) return;
    int64_t p = 0;
    while (p + 1 < part_count && i >= parts[p + 1].at) ++p;
    to[control->pass / control->passes * count + i] = parts[p].data[i - parts[p].at];
  }
};

struct EndPass {
  const LossPart* losses;
  int64_t loss_count;
  bool backward;
  CopyOutputs outputs;
  int64_t outputs_here;  // floats of them that this block copies
  float* stretch_losses;
  Control* control;

  SIAMESE_DEVICE void operator()(const Block& block) const {
    SIAMESE_SHARED double sums[Block::kThreads];
    block.each([&](int thread) {
      double sum = 0;
      for (int64_t l = 0; l < loss_count; ++l) {
        double part = 0;
        for (int64_t i = thread; i < losses[l].count; i += Block::kThreads) part += losses[l].data[i];
        sum += losses[l].weight * part;
        if (!backward || losses[l].diff == nullptr) continue;
        for (int64_t i = thread; i < losses[l].count; i += Block::kThreads) losses[l].diff[i] = losses[l].weight;
      }
      sums[thread] = sum;
      for (int64_t i = thread; i < outputs_here; i += Block::kThreads) outputs(i);
    });
    block.sync();
    block.each([&](int thread) {
      if (thread != 0) return;
      double sum = 0;
      for (int t = 0; t < Block::kThreads; ++t) sum += sums[t];
      count_pass(static_cast<float>(sum));
    });
  }

  SIAMESE_DEVICE void count_pass(float loss) const {
    const float total = (control->pass % control->passes == 0 ? 0 : control->loss) + loss;
    control->loss = total;
    const int64_t iteration = control->pass / control->passes;
    ++control->pass;
    if (control->pass % control->passes != 0) return;
    const float mean = total / static_cast<float>(control->passes);
    stretch_losses[iteration] = mean;
    if (control->train != 0 && !(mean - mean == 0)) {  // infinite, or no number
      control->stop = kDiverged;
      control->value = mean;
    }
  }
};

}  // namespace siamese
