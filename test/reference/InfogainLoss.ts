/** -1/Z * sum of H[label][c] * log(softmax(x)_c). */
import { around, type Reference, scalar } from './reference';
import { softmax } from './Softmax';
import type { LossOptions } from './SoftmaxWithLoss';

export const InfogainLoss = ({ axis = 1, normalization = 'VALID', ignored }: LossOptions = {}): Reference => ({
  forward: ([x, labels, matrix]) => {
    const { outer, channels, inner } = around(x!.shape, axis);
    const p = softmax(x!, axis);
    let [loss, valid] = [0, 0];
    labels!.data.forEach((label, k) => {
      if (label === ignored) return;
      for (let c = 0; c < channels; c++) {
        const q = p.data[(Math.floor(k / inner) * channels + c) * inner + (k % inner)]!;
        loss -= matrix!.data[label * channels + c]! * Math.log(q);
      }
      valid++;
    });
    const z = { VALID: valid, FULL: outer * inner, BATCH_SIZE: outer, NONE: 1 }[normalization];
    return [scalar(loss / Math.max(1, z))];
  },
});
