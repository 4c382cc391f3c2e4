// One unit of an LSTM at one time step; formulas in src/layers/LSTM.ts. Gates in Caffe's order: i, f, o, g.
#pragma once
#include <cmath>

#include "../cpu/on_cpu.h"

namespace siamese {

struct LstmGates {
  float i, f, o, g;

  // From what comes in. The step that begins a sequence (cont = 0) forgets.
  SIAMESE_HD static LstmGates of(float i, float f, float o, float g, float cont) {
    return {sigmoid(i), cont == 0 ? 0 : cont * sigmoid(f), sigmoid(o), std::tanh(g)};
  }
  SIAMESE_HD float cell(float before) const { return f * before + i * g; }
  SIAMESE_HD float hidden(float cell) const { return o * std::tanh(cell); }

  // Of the cell, from the gradients of the cell and of the hidden state.
  SIAMESE_HD float cell_gradient(float cell, float dcell, float dhidden) const {
    const float t = std::tanh(cell);
    return dcell + dhidden * o * (1 - t * t);
  }
  // Of what came in; `dcell` as cell_gradient gives it.
  SIAMESE_HD LstmGates gradient(float before, float cell, float dcell, float dhidden) const {
    return {dcell * g * i * (1 - i), dcell * before * f * (1 - f), dhidden * std::tanh(cell) * o * (1 - o),
            dcell * i * (1 - g * g)};
  }

 private:
  SIAMESE_HD static float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }
};

}  // namespace siamese
