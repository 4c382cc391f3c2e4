/**
 * A plain recurrent net over time: sequences side by side, step by step, with the same weights at each step.
 *
 * bottom 0: x (T, N, I...), T steps of N sequences. bottom 1: cont (T, N), 0 where a sequence begins, else 1. bottom 2,
 * optional: x_static (N, S...), the same at each step. With `expose_hidden` one more: h_0 (1, N, D), D being num_output.
 * top 0: o (T, N, D); with `expose_hidden` also h_T (1, N, D). Otherwise a pass begins with the state in which the last one
 * ended (0 at first), where cont is not 0.
 * h_t = tanh(W_xh x_t + b_h (+ W_static x_static) + W_hh (cont_t h_{t-1})), o_t = tanh(W_ho h_t + b_o).
 * blobs: W_xh (D, I), b_h (D), with x_static W_static (D, S), W_hh (D, D), W_ho (D, D), b_o (D).
 * The gradient goes back through all T steps, not into a pass before, and as in Caffe neither from h_T nor to h_0.
 * Source: Caffe recurrent_layer.cpp, rnn_layer.cpp, of which this is the unrolled net in one layer. `debug_info` has no
 * effect: there are no inner layers to report on.
 */
import type { LayerType } from './layer.js';
import { setUpRecurrent } from './recurrent.js';

export const RNN: LayerType = {
  type: 'RNN',
  bottoms: [2, 4],
  tops: [1, 2],
  noForceBackward: [1],
  noGradient: [1],
  batchDependent: true,
  options: 'recurrent_param',
  setup(context) {
    return setUpRecurrent(context, {
      states: 1,
      gates: 1,
      own: (outputs, weights, bias) => [
        { shape: [outputs, outputs], filler: weights },
        { shape: [outputs, outputs], filler: weights },
        { shape: [outputs], filler: bias },
      ],
    });
  },
};
