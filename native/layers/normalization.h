// What a loss over labelled positions is divided by: loss_param { normalization }.
#pragma once
#include <stdexcept>
#include <string>

#include "../engine/attributes.h"
#include "view.h"

namespace siamese {

struct Normalizer {
  bool by_valid = false;  // then the number of labels that count
  float fixed = 1;

  Normalizer(const Attributes& attributes, int64_t outer, int64_t inner) {
    const std::string& mode = attributes.text("normalization");
    if (mode == "VALID") {
      by_valid = true;
    } else if (mode == "FULL") {
      fixed = static_cast<float>(outer * inner);
    } else if (mode == "BATCH_SIZE") {
      fixed = static_cast<float>(outer);
    } else if (mode != "NONE") {
      throw std::invalid_argument("plan: unknown normalization " + mode);
    }
  }
  // Never below 1: with nothing to count the loss is 0, not 0 / 0.
  SIAMESE_HD float operator()(float valid) const {
    const float n = by_valid ? valid : fixed;
    return n > 1 ? n : 1;
  }
};

}  // namespace siamese
