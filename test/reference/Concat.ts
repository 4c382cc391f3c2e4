/** The bottoms side by side along an axis. */
import { around, type Reference, zeros } from './reference';

export const Concat = (axis = 1): Reference => ({
  forward: (bottoms) => {
    const channels = bottoms.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const top = zeros(bottoms[0]!.shape.map((dim, a) => (a === axis ? channels : dim)));
    let start = 0;
    for (const { shape, data } of bottoms) {
      const own = around(shape, axis);
      data.forEach((x, k) => {
        const [o, rest] = [Math.floor(k / (own.channels * own.inner)), k % (own.channels * own.inner)];
        top.data[(o * channels + start) * own.inner + rest] = x;
      });
      start += own.channels;
    }
    return [top];
  },
});
