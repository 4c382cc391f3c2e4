/** k-means: Lloyd's iterations from k-means++ starts (Arthur and Vassilvitskii, 2007), the best of several, seeded. */
import { Random } from '../data/random.js';
import { native } from '../engine/native.js';

export interface Clusters {
  /** Cluster of each row. */
  of: Int32Array;
  means: Float32Array;
  /** Sum of the squared distances of the rows to their clusters' means. */
  inertia: number;
}

export interface KMeansOptions {
  starts?: number | undefined;
  iterations?: number | undefined;
  seed?: number | undefined;
}

const STREAM = 0x4ea2;

export function kMeans(
  rows: Float32Array,
  dimension: number,
  k: number,
  { starts = 5, iterations = 100, seed = 1 }: KMeansOptions = {},
): Clusters {
  const runs = Array.from({ length: starts }, (_, start) => {
    const random = Random.seeded(seed, STREAM, start);
    return lloyd(rows, dimension, spreadOut(rows, dimension, k, random), iterations);
  });
  return runs.reduce((best, run) => (run.inertia < best.inertia ? run : best));
}

/** Each further start is a row drawn by its squared distance to the nearest start so far. */
function spreadOut(rows: Float32Array, dimension: number, k: number, random: Random): Float32Array {
  const n = rows.length / dimension;
  const means = new Float32Array(k * dimension);
  const nearest = new Float32Array(n).fill(Number.POSITIVE_INFINITY);
  const squared = new Float32Array(n);
  let row = random.below(n);
  for (let c = 0; c < k; c++) {
    const mean = rows.subarray(row * dimension, (row + 1) * dimension);
    means.set(mean, c * dimension);
    native().squaredDistances(rows, mean, dimension, squared);
    let total = 0;
    for (let i = 0; i < n; i++) {
      nearest[i] = Math.min(nearest[i]!, squared[i]!);
      total += nearest[i]!;
    }
    let left = (random.next() / 2 ** 32) * total;
    row = 0;
    while (row < n - 1 && left >= nearest[row]!) left -= nearest[row++]!;
  }
  return means;
}

function lloyd(rows: Float32Array, dimension: number, start: Float32Array, iterations: number): Clusters {
  const n = rows.length / dimension;
  let means = start;
  let of = new Int32Array(n).fill(-1);
  let inertia = Number.POSITIVE_INFINITY;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const now = new Int32Array(n);
    const squared = new Float32Array(n);
    native().nearest(rows, means, dimension, 1, now, squared);
    inertia = squared.reduce((sum, value) => sum + value, 0);
    const same = now.every((cluster, i) => cluster === of[i]);
    of = now;
    if (same) break;
    means = meansOf(rows, dimension, of, squared, means.length / dimension);
  }
  return { of, means, inertia };
}

/** A cluster that nothing is nearest to takes the row that is farthest from its own. */
function meansOf(rows: Float32Array, dimension: number, of: Int32Array, squared: Float32Array, k: number) {
  const means = new Float32Array(k * dimension);
  const counts = new Int32Array(k);
  native().classMeans(rows, of, dimension, means, counts);
  for (let c = 0; c < k; c++) {
    if (counts[c]! > 0) continue;
    const far = squared.reduce((most, value, i) => (value > squared[most]! ? i : most), 0);
    squared[far] = 0;
    means.set(rows.subarray(far * dimension, (far + 1) * dimension), c * dimension);
  }
  return means;
}
