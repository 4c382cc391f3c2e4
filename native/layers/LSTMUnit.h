// One time step of an LSTM, without its matrices; formulas and shapes in src/layers/LSTMUnit.ts.
// bottoms: c_prev (1, N, D), gates (1, N, 4D), cont (1, N); tops: c, h (1, N, D); split 2. Source: Caffe
// lstm_unit_layer.cpp.
#pragma once
#include "../engine/layer.h"
#include "lstm_gates.h"
#include "view.h"

namespace siamese {

template <class On>
class LSTMUnit final : public Layer<On> {
 public:
  using Layer<On>::Layer;

  void forward(On& on) override {
    const Views v = views();
    const View c = this->top(0).data, h = this->top(1).data;
    on.for_each(c.rows, c.cols, [=] SIAMESE_HD(int64_t d, int64_t n) {
      const LstmGates unit = v.unit(d, n);
      const float cell = unit.cell(v.before.at(d, n));
      c.at(d, n) = cell;
      h.at(d, n) = unit.hidden(cell);
    });
  }

  void backward(On& on) override {
    const Views v = views();
    const View c = this->top(0).data, dc = this->top(0).diff, dh = this->top(1).diff;
    const View dbefore = this->bottom(0).diff, dgates = this->bottom(1).diff;
    on.for_each(c.rows, c.cols, [=] SIAMESE_HD(int64_t d, int64_t n) {
      const LstmGates unit = v.unit(d, n);
      const float cell = c.at(d, n), dhidden = dh ? dh.at(d, n) : 0;
      const float dcell = unit.cell_gradient(cell, dc ? dc.at(d, n) : 0, dhidden);
      if (dbefore) dbefore.at(d, n) = dcell * unit.f;
      if (!dgates) return;
      const LstmGates gradient = unit.gradient(v.before.at(d, n), cell, dcell, dhidden);
      dgates.at(d, n) = gradient.i;
      dgates.at(c.rows + d, n) = gradient.f;
      dgates.at(2 * c.rows + d, n) = gradient.o;
      dgates.at(3 * c.rows + d, n) = gradient.g;
    });
  }

 private:
  struct Views {
    View before, gates, cont;

    SIAMESE_HD LstmGates unit(int64_t d, int64_t n) const {
      const int64_t width = before.rows;
      return LstmGates::of(gates.at(d, n), gates.at(width + d, n), gates.at(2 * width + d, n),
                           gates.at(3 * width + d, n), cont.linear(n));
    }
  };
  Views views() const { return {this->bottom(0).data, this->bottom(1).data, this->bottom(2).data}; }
};

}  // namespace siamese
