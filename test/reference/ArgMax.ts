/** Indices (and values) of the largest scores; of equal ones the larger index first. */
import { around, fill, type Reference } from './reference';

export const ArgMax = ({
  top_k = 1,
  axis,
  values = false,
}: {
  top_k?: number;
  axis?: number;
  values?: boolean;
} = {}): Reference => ({
  forward: ([x]) => {
    const n = x!.shape[0]!;
    const { channels, inner } =
      axis === undefined ? { channels: x!.data.length / n, inner: 1 } : around(x!.shape, axis);
    const best = (o: number, i: number) =>
      Array.from({ length: channels }, (_, c) => ({ c, v: x!.data[(o * channels + c) * inner + i]! }))
        .sort((a, b) => b.v - a.v || b.c - a.c)
        .slice(0, top_k);
    if (axis === undefined) {
      const shape = [n, values ? 2 : 1, top_k, ...x!.shape.slice(3).map(() => 1)];
      return [
        fill(shape, (k) => {
          const [o, kind, rank] = [Math.floor(k / top_k / shape[1]!), Math.floor(k / top_k) % shape[1]!, k % top_k];
          return best(o, 0)[rank]![kind === 0 ? 'c' : 'v'];
        }),
      ];
    }
    const shape = x!.shape.map((dim, a) => (a === axis ? top_k : dim));
    return [
      fill(
        shape,
        (k) => best(Math.floor(k / inner / top_k), k % inner)[Math.floor(k / inner) % top_k]![values ? 'v' : 'c'],
      ),
    ];
  },
});
