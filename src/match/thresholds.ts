/** How far from its class's mean a member may be: statistics of the training distances. */

/** Quantile of the training distances that a threshold is by default: one genuine image in a hundred is refused. */
export const DEFAULT_QUANTILE = 0.99;
/**
 * A threshold is at least this share of the way to the nearest other class: an encoder that knows its training images by
 * heart puts them so near their means that their distances say nothing of new ones. On MNIST after 50,000 iterations the
 * quantile alone refuses a quarter of the test images.
 */
const PART_OF_THE_WAY = 0.25;
/** A class with fewer records takes the quantile over all classes, if that is larger: its own says little. */
const FEW = 20;

export interface Radius {
  mean: number;
  median: number;
  max: number;
}

/** The least of the values that at least a share `q` of them does not exceed. NaN for no values. */
export function quantile(sorted: Float32Array, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  // The slack keeps 0.99 x 100 from being 99.00000000000001.
  const rank = Math.ceil(q * sorted.length - 1e-9);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1]!;
}

export function radiusOf(sorted: Float32Array): Radius {
  const sum = sorted.reduce((total, value) => total + value, 0);
  // As 32-bit floats, like the distances, so that the file holds what was computed.
  return { mean: Math.fround(sum / sorted.length), median: quantile(sorted, 0.5), max: sorted[sorted.length - 1]! };
}

/** One threshold per class from the distances of its training encodings. */
export function thresholds(distances: readonly Float32Array[], q: number): number[] {
  const sorted = distances.map((values) => Float32Array.from(values).sort());
  const pooled = quantile(concatenated(sorted).sort(), q);
  return sorted.map((values) => {
    const own = quantile(values, q);
    return values.length < FEW ? Math.max(own, pooled) : own;
  });
}

/** The thresholds, none less than a share of the distance between its class's mean (row of `means`) and the nearest other. */
export function widened(limits: readonly number[], means: Float32Array, dimension: number): number[] {
  return limits.map((limit, i) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = 0; j < limits.length; j++) {
      if (j === i) continue;
      let squared = 0;
      for (let d = 0; d < dimension; d++) squared += (means[i * dimension + d]! - means[j * dimension + d]!) ** 2;
      nearest = Math.min(nearest, Math.sqrt(squared));
    }
    return Number.isFinite(nearest) ? Math.max(limit, Math.fround(PART_OF_THE_WAY * nearest)) : limit;
  });
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}
