/** 1/(2N) * sum of (a - b)^2. */
import { type Reference, scalar } from './reference';

export const EuclideanLoss = (): Reference => ({
  forward: ([a, b]) => [scalar(a!.data.reduce((sum, x, i) => sum + (x - b!.data[i]!) ** 2, 0) / (2 * a!.shape[0]!))],
});
