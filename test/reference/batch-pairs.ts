/** What the references of losses over all pairs of a batch share. */
import type { Array64 } from './reference';

/** Rows divided by their lengths. */
export function unit(x: Array64): Array64 {
  const data = rows(x).flatMap((row) => {
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    return row.map((v) => v / length);
  });
  return { shape: x.shape, data: Float64Array.from(data) };
}

/** s[i][j] = x_i . x_j. */
export function products(x: Array64): number[][] {
  const all = rows(x);
  return all.map((a) => all.map((b) => a.reduce((sum, v, c) => sum + v * b[c]!, 0)));
}

/** |x_i - x_j|^2. */
export function squaredDistances(x: Array64): number[][] {
  const all = rows(x);
  return all.map((a) => all.map((b) => a.reduce((sum, v, c) => sum + (v - b[c]!) ** 2, 0)));
}

export function rows(x: Array64): number[][] {
  const items = x.shape[0]!;
  const length = x.data.length / items;
  return Array.from({ length: items }, (_, i) => [...x.data.slice(i * length, (i + 1) * length)]);
}
