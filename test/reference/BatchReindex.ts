/** Items in another order. */
import { fill, type Reference } from './reference';

export const BatchReindex = (): Reference => ({
  forward: ([x, index]) => {
    const n = x!.data.length / x!.shape[0]!;
    const shape = [index!.data.length, ...x!.shape.slice(1)];
    return [fill(shape, (k) => x!.data[index!.data[Math.floor(k / n)]! * n + (k % n)]!)];
  },
});
