/** -1/Z * sum of t log(s) + (1 - t) log(1 - s), s the sigmoid of x. */
import { type Reference, scalar } from './reference';
import type { LossOptions } from './SoftmaxWithLoss';

export const SigmoidCrossEntropyLoss = ({ normalization = 'BATCH_SIZE', ignored }: LossOptions = {}): Reference => ({
  forward: ([x, t]) => {
    let [loss, valid] = [0, 0];
    x!.data.forEach((v, k) => {
      const target = t!.data[k]!;
      if (Math.trunc(target) === ignored) return;
      const s = 1 / (1 + Math.exp(-v));
      loss -= target * Math.log(s) + (1 - target) * Math.log(1 - s);
      valid++;
    });
    const z = { VALID: valid, FULL: x!.data.length, BATCH_SIZE: x!.shape[0]!, NONE: 1 }[normalization];
    return [scalar(loss / Math.max(1, z))];
  },
});
