/** Distances from many encodings to many targets, a block of rows at a time. */
import { native } from '../engine/native.js';

/** Floats of one block of distances: 4 MB. */
const BLOCK = 1 << 20;

/**
 * Squared Euclidean distances of each encoding to each target, in order of encoding. `squared` holds the row's distances from
 * `offset` on, and is overwritten later.
 */
export function eachDistanceRow(
  encodings: Float32Array,
  targets: Float32Array,
  dimension: number,
  visit: (row: number, squared: Float32Array, offset: number) => void,
): void {
  const rows = encodings.length / dimension;
  const columns = targets.length / dimension;
  const step = Math.max(1, Math.floor(BLOCK / Math.max(1, columns)));
  const block = new Float32Array(Math.min(step, rows) * columns);
  for (let from = 0; from < rows; from += step) {
    const n = Math.min(step, rows - from);
    const out = block.subarray(0, n * columns);
    const some = encodings.subarray(from * dimension, (from + n) * dimension);
    native().squaredDistances(some, targets, dimension, out);
    for (let i = 0; i < n; i++) visit(from + i, out, i * columns);
  }
}
