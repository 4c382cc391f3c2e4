// What LSTM and RNN share: inputs of all time steps at once, a state that goes from step to step, and its matrices.
#pragma once
#include <cstring>

#include "../engine/layer.h"
#include "matrix.h"
#include "view.h"

namespace siamese {

// Bottoms: x (T, N, I...), cont (T, N), then x_static (N, S...) with the attribute static_input, then with
// expose_hidden each state (1, N, D). Tops: the outputs (T, N, D), then with expose_hidden each state after the last
// step. All of split 2: the columns of x and the outputs are (t, n), step by step. G: rows of what x is turned into.
// params: W_x (G, I), b (G), with static_input W_static (G, S), then the architecture's own.
template <class On>
class Recurrent : public Layer<On> {
 public:
  int64_t scratch() const override {
    const int64_t inputs = this->bottom(0).data.rows;
    const int64_t fixed = static_ ? this->bottom(2).data.count() / items_ : 0;
    return round_up(std::max({inputs * steps_, width_ * steps_, fixed}) * items_) + round_up(2 * fixed * items_) +
           round_up(gates_rows_ * items_);
  }

  // The states, where no bottom and top carry them: they go on from pass to pass, as in Caffe.
  std::vector<uint8_t> state(On& on) const override {
    if (exposed_) return {};
    std::vector<float> floats(carried_floats());
    on.copy_to_host(const_cast<Memory&>(carried_).data(), floats.data(), static_cast<int64_t>(floats.size()));
    std::vector<uint8_t> bytes(floats.size() * sizeof(float));
    std::memcpy(bytes.data(), floats.data(), bytes.size());
    return bytes;
  }
  void set_state(On& on, const std::vector<uint8_t>& bytes) override {
    const size_t wanted = exposed_ ? 0 : carried_floats() * sizeof(float);
    if (bytes.size() != wanted) {
      throw std::runtime_error("the state of this recurrent layer has " + std::to_string(wanted) + " bytes, not " +
                               std::to_string(bytes.size()));
    }
    std::vector<float> floats(wanted / sizeof(float));
    std::memcpy(floats.data(), bytes.data(), wanted);
    on.copy_from_host(carried_.data(), floats.data(), static_cast<int64_t>(floats.size()));
  }

 protected:
  using Memory = typename On::Memory;

  // `states` blobs of D x N go from step to step; x is turned into G = gates x D rows.
  Recurrent(LayerArguments arguments, int64_t states, int64_t gates)
      : Layer<On>(std::move(arguments)),
        steps_(this->bottom(0).data.shape[0]),
        items_(this->bottom(0).data.shape[1]),
        width_(this->top(0).data.rows),
        gates_rows_(gates * width_),
        states_(states),
        static_(this->args.attributes.flag("static_input")),
        exposed_(this->args.attributes.flag("expose_hidden")),
        inputs_(gates_rows_ * steps_ * items_),
        conted_(width_ * steps_ * items_),
        carried_(states * width_ * items_) {}

  static int64_t round_up(int64_t floats) { return (floats + 15) / 16 * 16; }
  static View view(Memory& memory, int64_t rows, int64_t cols) {
    View v;
    v.data = memory.data();
    v.rows = rows;
    v.cols = v.pitch = cols;
    return v;
  }
  // Columns of one step.
  View at(View all, int64_t step) const {
    all.data += step * items_ * all.step;
    all.cols = items_;
    return all;
  }
  View inputs() { return view(inputs_, gates_rows_, steps_ * items_); }
  View conted() { return view(conted_, width_, steps_ * items_); }
  View carried(int64_t state) {
    View v = view(carried_, width_, items_);
    v.data += state * width_ * items_;
    return v;
  }
  View cont() const { return this->bottom(1).data; }
  const Tensor& own(size_t i) const { return this->param(i + (static_ ? 3 : 2)).data; }
  float* own_gradient(size_t i) const { return this->param(i + (static_ ? 3 : 2)).diff.data; }
  float* gates_scratch(On& on) const { return on.scratch() + scratch() - round_up(gates_rows_ * items_); }

  // Before the first step: the inputs of all steps from x and x_static, and the states to begin with.
  void begin(On& on) {
    const View all = inputs();
    apply(on, Matrix(this->param(0).data), View(this->bottom(0).data), all, this->param(1).data.data, false);
    if (static_) {
      const View x = static_view(on, this->bottom(2).data), y = scratch_view(gates_scratch(on), gates_rows_, items_);
      apply(on, Matrix(this->param(2).data), x, y, nullptr, false);
      const int64_t items = items_;
      on.for_each(all.rows, all.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { all.at(r, c) += y.at(r, c % items); });
    }
    for (int64_t s = 0; exposed_ && s < states_; ++s) {
      map(on, View(this->bottom(first_state() + static_cast<size_t>(s)).data), carried(s),
          [=] SIAMESE_HD(float v) { return v; });
    }
  }

  // conted(step) = cont * h, and W_h times that is added to the inputs of the step.
  void add_hidden(On& on, int64_t step, const View& hidden, const Tensor& weights) {
    const View to = at(conted(), step), mask = cont();
    const int64_t first = step * items_;
    on.for_each(width_, items_, [=] SIAMESE_HD(int64_t r, int64_t n) {
      to.at(r, n) = mask.linear(first + n) * hidden.at(r, n);
    });
    apply(on, Matrix(weights), to, at(inputs(), step), nullptr, true);
  }

  // dh of the step before, from the gradient of this step's inputs.
  void hidden_gradient(On& on, int64_t step, const Tensor& weights, const View& dh) {
    apply_transposed(on, Matrix(weights), at(inputs(), step), dh);
    const View mask = cont();
    const int64_t first = step * items_;
    on.for_each(width_, items_, [=] SIAMESE_HD(int64_t r, int64_t n) { dh.at(r, n) *= mask.linear(first + n); });
  }

  // After the last step: the states where the net wants them.
  void end(On& on) {
    for (int64_t s = 0; exposed_ && s < states_; ++s) {
      map(on, carried(s), View(this->top(1 + static_cast<size_t>(s)).data), [=] SIAMESE_HD(float v) { return v; });
    }
  }

  // inputs() has become the gradient of the inputs: on to weights, x and x_static. No gradient goes on from or to the
  // states' blobs, as in Caffe.
  void finish_gradients(On& on) {
    const View d = inputs(), x = this->bottom(0).data;
    float* turned = on.scratch();
    add_gradient(on, d, x, this->param(0).diff.data, turned);
    add_bias_gradient(on, d, this->param(1).diff.data);
    if (this->bottom(0).diff) apply_transposed(on, Matrix(this->param(0).data), d, View(this->bottom(0).diff));
    add_gradient(on, d, conted(), own_gradient(0), turned);
    if (static_) static_gradient(on, d, turned);
    for (size_t b = first_state(); b < this->args.bottoms.size(); ++b) {
      const View dh = this->bottom(b).diff;
      if (dh) on.for_each(dh.rows, dh.cols, [=] SIAMESE_HD(int64_t r, int64_t c) { dh.at(r, c) = 0; });
    }
  }

  const int64_t steps_, items_, width_, gates_rows_;

 private:
  size_t first_state() const { return static_ ? 3 : 2; }
  size_t carried_floats() const { return static_cast<size_t>(states_ * width_ * items_); }
  static View scratch_view(float* data, int64_t rows, int64_t cols) {
    View v;
    v.data = data;
    v.rows = rows;
    v.cols = v.pitch = cols;
    return v;
  }
  float* static_scratch(On& on) const { return gates_scratch(on) - round_up(2 * this->bottom(2).data.count()); }

  // x_static as inputs x items, whatever its split.
  View static_view(On& on, const Tensor& x) {
    const View from = x, to = scratch_view(static_scratch(on), x.count() / items_, items_);
    on.for_each(to.rows, to.cols, [=] SIAMESE_HD(int64_t r, int64_t n) { to.at(r, n) = from.linear(n * to.rows + r); });
    return to;
  }

  void static_gradient(On& on, const View& d, float* turned) {
    const View x = static_view(on, this->bottom(2).data);
    const View sums = scratch_view(gates_scratch(on), gates_rows_, items_);
    const int64_t steps = steps_, items = items_;
    on.for_each(sums.rows, sums.cols, [=] SIAMESE_HD(int64_t r, int64_t n) {
      float sum = 0;
      for (int64_t t = 0; t < steps; ++t) sum += d.at(r, t * items + n);
      sums.at(r, n) = sum;
    });
    add_gradient(on, sums, x, this->param(2).diff.data, turned);
    const View dx = this->bottom(2).diff;
    if (!dx) return;
    const View to = scratch_view(x.data + x.count(), x.rows, x.cols);
    apply_transposed(on, Matrix(this->param(2).data), sums, to);
    on.for_each(to.rows, to.cols, [=] SIAMESE_HD(int64_t r, int64_t n) { dx.linear(n * to.rows + r) = to.at(r, n); });
  }

  const int64_t states_;
  const bool static_, exposed_;
  Memory inputs_;   // what x is turned into, then the gates, and in the backward pass its gradient
  Memory conted_;   // cont * h of the step before
  Memory carried_;  // the states before a pass and after it
};

}  // namespace siamese
