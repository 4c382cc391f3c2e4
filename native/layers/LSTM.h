// Long short-term memory over the time steps of a batch of sequences; formulas and shapes in src/layers/LSTM.ts.
// What is common to recurrent layers, and their blobs, in recurrent.h. Own parameter: W_hc (4D, D). States: h, c.
#pragma once
#include "lstm_gates.h"
#include "recurrent.h"

namespace siamese {

template <class On>
class LSTM final : public Recurrent<On> {
  using Base = Recurrent<On>;

 public:
  explicit LSTM(LayerArguments arguments)
      : Base(std::move(arguments), 2, 4), cells_(this->width_ * (this->steps_ + 1) * this->items_) {}

  void forward(On& on) override {
    this->begin(on);
    const View h = this->top(0).data, mask = this->cont();
    const int64_t width = this->width_, items = this->items_;
    copy(on, this->carried(1), this->at(cells(), 0));
    for (int64_t t = 0; t < this->steps_; ++t) {
      this->add_hidden(on, t, t == 0 ? this->carried(0) : this->at(h, t - 1), this->own(0));
      const View gates = this->at(this->inputs(), t), c0 = this->at(cells(), t), c1 = this->at(cells(), t + 1);
      const View to = this->at(h, t);
      const int64_t first = t * items;
      on.for_each(width, items, [=] SIAMESE_HD(int64_t d, int64_t n) {
        float &i = gates.at(d, n), &f = gates.at(width + d, n), &o = gates.at(2 * width + d, n),
              &g = gates.at(3 * width + d, n);
        const LstmGates unit = LstmGates::of(i, f, o, g, mask.linear(first + n));
        i = unit.i, f = unit.f, o = unit.o, g = unit.g;
        const float cell = unit.cell(c0.at(d, n));
        c1.at(d, n) = cell;
        to.at(d, n) = unit.hidden(cell);
      });
    }
    copy(on, this->at(h, this->steps_ - 1), this->carried(0));
    copy(on, this->at(cells(), this->steps_), this->carried(1));
    this->end(on);
  }

  // The gates of a step become the gradient of its inputs, from the last step to the first.
  void backward(On& on) override {
    const int64_t width = this->width_, items = this->items_;
    const View dh = hidden_from_later(on), dy = this->top(0).diff;
    View dc = dh;
    dc.data += width * items;
    on.for_each(2 * width * items, [=] SIAMESE_HD(int64_t k) { dh.data[k] = 0; });
    for (int64_t t = this->steps_; t-- > 0;) {
      const View gates = this->at(this->inputs(), t), c0 = this->at(cells(), t), c1 = this->at(cells(), t + 1);
      const View from = dy ? this->at(dy, t) : View();
      on.for_each(width, items, [=] SIAMESE_HD(int64_t d, int64_t n) {
        float &i = gates.at(d, n), &f = gates.at(width + d, n), &o = gates.at(2 * width + d, n),
              &g = gates.at(3 * width + d, n);
        const LstmGates unit = {i, f, o, g};
        const float dhidden = dh.at(d, n) + (from ? from.at(d, n) : 0), before = c0.at(d, n), cell = c1.at(d, n);
        const float dcell = unit.cell_gradient(cell, dc.at(d, n), dhidden);
        const LstmGates gradient = unit.gradient(before, cell, dcell, dhidden);
        dc.at(d, n) = dcell * unit.f;
        i = gradient.i, f = gradient.f, o = gradient.o, g = gradient.g;
      });
      this->hidden_gradient(on, t, this->own(0), dh);
    }
    this->finish_gradients(on);
  }

 private:
  View cells() { return Base::view(cells_, this->width_, (this->steps_ + 1) * this->items_); }
  // D x N of dh and as much of dc: less than the gates of one step.
  View hidden_from_later(On& on) const {
    View v;
    v.data = this->gates_scratch(on);
    v.rows = this->width_;
    v.cols = v.pitch = this->items_;
    return v;
  }
  static void copy(On& on, const View& from, const View& to) {
    map(on, from, to, [=] SIAMESE_HD(float v) { return v; });
  }

  typename Base::Memory cells_;  // c of every step, and before the first
};

}  // namespace siamese
