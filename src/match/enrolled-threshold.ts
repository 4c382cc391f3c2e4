/**
 * How far from an enrolled class's mean a member may be, from what the trained classes show. Nothing is known of one image's
 * spread, so the class is taken to be as wide as the trained ones; every further image adds what it shows itself.
 *
 *   threshold = t * (s / s0) * sqrt(1 + 1/n)
 *
 * t: median threshold of the trained classes, s0: median of their mean distances to their means, n: exemplars.
 * s^2 = (10 s0^2 + (n - 1) v) / (10 + n - 1), v: the exemplars' own variance, weighed as Bayesian statistics weigh a sample of
 * n against a prior worth 10 images. sqrt(1 + 1/n): a mean of n images is itself off the true one, so that a member is on
 * average sqrt(1 + 1/n) times as far from it (the variance of a difference); sqrt(2) times for one image.
 */
import type { ClassCentroid } from './centroids.js';

/** Images that the trained classes' spread is worth. */
const PRIOR = 10;

export type Trained = Pick<ClassCentroid, 'radius' | 'threshold'>;

/** Infinity where no trained class says anything of distances: then everything is accepted until `calibrate` was run. */
export function enrolledThreshold(
  encodings: readonly Float32Array[],
  mean: Float32Array,
  trained: readonly Trained[],
): number {
  const usual = median(trained.map(({ threshold }) => threshold));
  if (!(usual < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  const n = encodings.length;
  const spread = median(trained.map(({ radius }) => radius.mean));
  let wider = 1;
  if (n > 1 && spread > 0) {
    const squares = encodings.reduce((sum, encoding) => sum + squaredDistance(encoding, mean), 0);
    wider = Math.sqrt((PRIOR * spread ** 2 + squares) / (PRIOR + n - 1)) / spread;
  }
  return Math.fround(usual * wider * Math.sqrt(1 + 1 / n));
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d]! - b[d]!) ** 2;
  return sum;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[(sorted.length - 1) >> 1]!;
}
