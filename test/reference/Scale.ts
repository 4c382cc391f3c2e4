/** x * scale + bias, each spread over axes of x from `axis` on. */
import { type Array64, count, fill, type Reference } from './reference';

export function spread(small: Array64, shape: readonly number[], axis: number): (k: number) => number {
  const inner = count(shape.slice(axis + small.shape.length));
  return (k) => small.data[Math.floor(k / inner) % small.data.length]!;
}

export const Scale = (axis = 1, bias = false): Reference => ({
  forward: (bottoms, params) => {
    const x = bottoms[0]!;
    const [scale, added] = [...bottoms.slice(1), ...params];
    const factor = spread(scale!, x.shape, axis);
    const offset = bias ? spread(added!, x.shape, axis) : () => 0;
    return [fill(x.shape, (k) => x.data[k]! * factor(k) + offset(k))];
  },
});
