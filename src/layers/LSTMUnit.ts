/**
 * One time step of an LSTM without its matrices: the net brings the gates' inputs, as an LSTM layer does inside.
 *
 * bottom 0: c_prev (1, N, D). bottom 1: inputs of the gates (1, N, 4D), in order i, f, o, g. bottom 2: cont (1, N), 0 where
 * a sequence begins, else 1. top 0: c (1, N, D), top 1: h (1, N, D).
 * i = sigmoid(u_i), f = sigmoid(u_f), o = sigmoid(u_o), g = tanh(u_g), c = cont f c_prev + i g, h = o tanh(c). The gradient
 * of f takes cont for 0 or 1. Source: Caffe lstm_unit_layer.cpp.
 */
import { showShape } from './axis.js';
import type { LayerType } from './layer.js';

export const LSTMUnit: LayerType = {
  type: 'LSTMUnit',
  bottoms: [3, 3],
  tops: [2, 2],
  noForceBackward: [2],
  noGradient: [2],
  batchDependent: true,
  setup(context) {
    const [before] = context.bottoms;
    const [one, items, width] = before!.shape;
    if (before!.shape.length !== 3 || one !== 1) {
      context.fail(`"${before!.name}" is ${showShape(before!.shape)}, but must be 1 x sequences x values`, {
        field: 'bottom[0]',
      });
    }
    const wanted = [before!.shape, [1, items!, 4 * width!], [1, items!]];
    wanted.forEach((shape, b) => {
      const given = context.bottoms[b]!;
      if (given.shape.join() === shape.join()) return;
      context.fail(`"${given.name}" is ${showShape(given.shape)}, but must be ${showShape(shape)}`, {
        field: `bottom[${b}]`,
      });
    });
    return {
      tops: [[...before!.shape], [...before!.shape]],
      params: [],
      attributes: {},
      layout: { split: 2 },
      backwardReads: { bottoms: [0, 1, 2], tops: [0] },
    };
  },
};
