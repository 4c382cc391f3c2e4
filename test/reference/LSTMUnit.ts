/** One step of an LSTM, gates given. */
import { sigmoid } from './LSTM';
import { type Reference, zeros } from './reference';

export const LSTMUnit: Reference = {
  forward: ([before, gates, cont]) => {
    const [, N, D] = before!.shape as [number, number, number];
    const [c, h] = [zeros(before!.shape), zeros(before!.shape)];
    for (let k = 0; k < N * D; k++) {
      const [n, d] = [Math.floor(k / D), k % D];
      const [i, f, o, g] = [0, 1, 2, 3].map((q) => gates!.data[(4 * n + q) * D + d]!) as [
        number,
        number,
        number,
        number,
      ];
      c.data[k] = cont!.data[n]! * sigmoid(f) * before!.data[k]! + sigmoid(i) * Math.tanh(g);
      h.data[k] = sigmoid(o) * Math.tanh(c.data[k]!);
    }
    return [c, h];
  },
};
