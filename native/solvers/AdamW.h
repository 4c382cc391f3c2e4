// AdamW: Adam whose decay is apart from the gradient: w -= rate * decay * w beside Adam's step, so that it does not pass
// through the running means. Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization".
#pragma once
#include "Adam.h"

namespace siamese {

struct AdamW : Adam {
  using Adam::Adam;
};

// What of weight_decay the update takes straight from the weight, rather than adds to the gradient.
template <class Rule>
inline constexpr bool kDecaysApart = false;
template <>
inline constexpr bool kDecaysApart<AdamW> = true;

}  // namespace siamese
