/**
 * Long short-term memory over time: sequences side by side, step by step, with the same weights at each step.
 *
 * bottom 0: x (T, N, I...), T steps of N sequences. bottom 1: cont (T, N), 0 where a sequence begins, else 1. bottom 2,
 * optional: x_static (N, S...), the same at each step. With `expose_hidden` two more: h_0 and c_0 (1, N, D), D being
 * num_output. top 0: h (T, N, D); with `expose_hidden` also h_T and c_T (1, N, D). Otherwise a pass begins with the states in
 * which the last one ended (0 at first), where cont is not 0.
 * With u = W_xc x_t + b_c (+ W_static x_static) + W_hc (cont_t h_{t-1}), in four parts of D for i, f, o and g:
 * i = sigmoid(u_i), f = sigmoid(u_f), o = sigmoid(u_o), g = tanh(u_g), c_t = cont_t f c_{t-1} + i g, h_t = o tanh(c_t).
 * blobs: W_xc (4D, I), b_c (4D), with x_static W_static (4D, S), W_hc (4D, D).
 * The gradient goes back through all T steps, not into a pass before, and as in Caffe neither from h_T and c_T nor to h_0
 * and c_0; that of f takes cont for 0 or 1. Source: Caffe recurrent_layer.cpp, lstm_layer.cpp, lstm_unit_layer.cpp, of which
 * this is the unrolled net in one layer. `debug_info` has no effect: there are no inner layers to report on.
 */
import type { LayerType } from './layer.js';
import { setUpRecurrent } from './recurrent.js';

export const LSTM: LayerType = {
  type: 'LSTM',
  bottoms: [2, 5],
  tops: [1, 3],
  noForceBackward: [1],
  noGradient: [1],
  batchDependent: true,
  options: 'recurrent_param',
  setup(context) {
    return setUpRecurrent(context, {
      states: 2,
      gates: 4,
      own: (outputs, filler) => [{ shape: [4 * outputs, outputs], filler }],
    });
  },
};
