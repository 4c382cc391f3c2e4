/** 1/N * sum of max(0, 1 -+ x), or of its square. */
import { type Reference, scalar } from './reference';

export const HingeLoss = (l2 = false): Reference => ({
  forward: ([x, labels]) => {
    const n = x!.shape[0]!;
    const classes = x!.data.length / n;
    const total = x!.data.reduce((sum, v, k) => {
      const hinge = Math.max(0, 1 + (labels!.data[Math.floor(k / classes)] === k % classes ? -v : v));
      return sum + (l2 ? hinge ** 2 : hinge);
    }, 0);
    return [scalar(total / n)];
  },
});
