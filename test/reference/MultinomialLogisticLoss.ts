/** -1/N * sum of log(p[label]). */
import { type Reference, scalar } from './reference';

export const MultinomialLogisticLoss = (): Reference => ({
  forward: ([p, labels]) => {
    const classes = p!.data.length / labels!.data.length;
    const logs = Array.from(labels!.data, (label, n) => Math.log(Math.max(p!.data[n * classes + label]!, 1e-20)));
    return [scalar(-logs.reduce((sum, v) => sum + v, 0) / logs.length)];
  },
});
