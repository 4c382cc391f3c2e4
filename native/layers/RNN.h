// A plain recurrent net over the time steps of a batch of sequences; formulas and shapes in src/layers/RNN.ts.
// What is common to recurrent layers, and their blobs, in recurrent.h. Own parameters: W_hh (D, D), W_ho (D, D), b_o (D).
// State: h.
#pragma once
#include <cmath>

#include "recurrent.h"

namespace siamese {

template <class On>
class RNN final : public Recurrent<On> {
  using Base = Recurrent<On>;

 public:
  explicit RNN(LayerArguments arguments)
      : Base(std::move(arguments), 1, 1), hidden_(this->width_ * this->steps_ * this->items_) {}

  int64_t scratch() const override { return Base::scratch() + output_floats(); }

  void forward(On& on) override {
    this->begin(on);
    const View h = hidden(), y = this->top(0).data;
    for (int64_t t = 0; t < this->steps_; ++t) {
      this->add_hidden(on, t, t == 0 ? this->carried(0) : this->at(h, t - 1), this->own(0));
      map(on, this->at(this->inputs(), t), this->at(h, t), [=] SIAMESE_HD(float v) { return std::tanh(v); });
    }
    apply(on, Matrix(this->own(1)), h, y, this->own(2).data, false);
    map(on, y, y, [=] SIAMESE_HD(float v) { return std::tanh(v); });
    map(on, this->at(h, this->steps_ - 1), this->carried(0), [=] SIAMESE_HD(float v) { return v; });
    this->end(on);
  }

  void backward(On& on) override {
    const View h = hidden(), y = this->top(0).data, dy = this->top(0).diff, all = this->inputs();
    // The outputs of all steps at once: their gradient before tanh, and what it gives to the hidden states.
    View doutput = h;
    doutput.data = on.scratch() + Base::scratch();
    on.for_each(y.rows, y.cols, [=] SIAMESE_HD(int64_t r, int64_t c) {
      const float out = y.at(r, c);
      doutput.at(r, c) = dy ? dy.at(r, c) * (1 - out * out) : 0;
    });
    add_gradient(on, doutput, h, this->own_gradient(1), on.scratch());
    add_bias_gradient(on, doutput, this->own_gradient(2));
    apply_transposed(on, Matrix(this->own(1)), doutput, all);

    View later = this->at(doutput, 0);  // dh from the step after, in memory of its own
    later.data = this->gates_scratch(on);
    later.pitch = later.cols;
    on.for_each(later.rows * later.cols, [=] SIAMESE_HD(int64_t k) { later.data[k] = 0; });
    for (int64_t t = this->steps_; t-- > 0;) {
      const View d = this->at(all, t), now = this->at(h, t);
      on.for_each(d.rows, d.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
        const float v = now.at(r, n);
        d.at(r, n) = (d.at(r, n) + later.at(r, n)) * (1 - v * v);
      });
      this->hidden_gradient(on, t, this->own(0), later);
    }
    this->finish_gradients(on);
  }

 private:
  int64_t output_floats() const { return Base::round_up(this->width_ * this->steps_ * this->items_); }
  View hidden() { return Base::view(hidden_, this->width_, this->steps_ * this->items_); }

  typename Base::Memory hidden_;  // h of every step
};

}  // namespace siamese
