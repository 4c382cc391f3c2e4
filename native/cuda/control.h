// What the GPU and the host tell each other about a stretch of iterations. The recorded iteration reads from here all that
// differs from one iteration to the next, and the host reads it once, at the end.
#pragma once
#include <cstdint>

namespace siamese {

enum Stop : int { kGoOn = 0, kRefused = 1, kDiverged = 2, kNoGradient = 3 };

struct Control {
  int stop;         // a Stop: from then on no kernel of ours does anything
  int site;         // kRefused: which OnCuda::refuse
  int64_t refused;  // kRefused: the first item that was bad
  float value;      // kRefused: its value; kDiverged: the loss; kNoGradient: the norm of the gradients
  float loss;       // sum of the losses of the iteration's passes so far
  int64_t pass;     // forward passes of the stretch that are done
  double squares;   // of the gradients, if they are clipped

  // Written by the host before the stretch:
  int64_t passes;  // of an iteration
  int64_t first;   // number of the first iteration
  int64_t keep;    // the iteration, counted from `first`, that leaves its update in the gradients; -1: none
  int train;       // a loss that is no number ends the stretch
};

}  // namespace siamese
