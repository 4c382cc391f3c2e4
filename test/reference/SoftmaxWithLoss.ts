/** -1/Z * sum of log softmax(x)[label]. */
import { around, type Reference, scalar } from './reference';
import { softmax } from './Softmax';

export interface LossOptions {
  axis?: number;
  normalization?: 'VALID' | 'FULL' | 'BATCH_SIZE' | 'NONE';
  ignored?: number;
}

export function SoftmaxWithLoss(
  { axis = 1, normalization = 'VALID', ignored }: LossOptions = {},
  probabilities = false,
): Reference {
  return {
    forward: ([x, labels]) => {
      const { outer, channels, inner } = around(x!.shape, axis);
      const p = softmax(x!, axis);
      let [loss, valid] = [0, 0];
      labels!.data.forEach((label, k) => {
        if (label === ignored) return;
        const [o, i] = [Math.floor(k / inner), k % inner];
        loss -= Math.log(p.data[(o * channels + label) * inner + i]!);
        valid++;
      });
      const z = { VALID: valid, FULL: outer * inner, BATCH_SIZE: outer, NONE: 1 }[normalization];
      return [scalar(loss / Math.max(1, z)), ...(probabilities ? [p] : [])];
    },
  };
}
