/** Parts of the bottom along an axis, of the given sizes. */
import { around, fill, type Reference } from './reference';

export const Slice = (axis: number, sizes: number[]): Reference => ({
  forward: ([x]) => {
    const { channels, inner } = around(x!.shape, axis);
    let start = 0;
    return sizes.map((size) => {
      const first = start;
      start += size;
      const shape = x!.shape.map((dim, a) => (a === axis ? size : dim));
      return fill(shape, (k) => {
        const [o, c, i] = [Math.floor(k / (size * inner)), Math.floor(k / inner) % size, k % inner];
        return x!.data[(o * channels + first + c) * inner + i]!;
      });
    });
  },
});
