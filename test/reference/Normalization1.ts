/** Each item over its norm. */
import { fill, type Reference } from './reference';

export const Normalization1 = (norm: 'L1' | 'L2' = 'L2'): Reference => ({
  forward: ([x]) => {
    const size = x!.data.length / x!.shape[0]!;
    const norms = Array.from({ length: x!.shape[0]! }, (_, n) => {
      const item = x!.data.subarray(n * size, (n + 1) * size);
      return norm === 'L1' ? item.reduce((sum, v) => sum + Math.abs(v), 0) : Math.hypot(...item);
    });
    return [fill(x!.shape, (i) => x!.data[i]! / (norms[Math.floor(i / size)]! || 1))];
  },
});
