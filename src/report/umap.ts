/** Encodings of many numbers in the plane by UMAP (npm umap-js): neighbours stay neighbours, distances mean little. */

export interface Embedded {
  points: Float32Array;
  /** Of the encodings that are shown. */
  labels: Float32Array;
}

/** UMAP's time grows faster than the number of points; this many take some seconds. */
const MOST = 2000;
const NEIGHBOURS = 15;

/** The same picture for the same encodings: every n-th of them, and a generator with a fixed seed. */
export function umap(encodings: Float32Array, labels: ArrayLike<number>, dimension: number): Embedded {
  const { UMAP } = require('umap-js') as typeof import('umap-js');
  const count = Math.min(labels.length, MOST);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * labels.length) / count));
  const rows = chosen.map((i) => [...encodings.subarray(i * dimension, (i + 1) * dimension)]);
  const nNeighbors = Math.min(NEIGHBOURS, count - 1);
  if (nNeighbors < 2)
    return { points: new Float32Array(2 * count), labels: Float32Array.from(chosen, (i) => labels[i]!) };
  const flat = new UMAP({ nComponents: 2, nNeighbors, random: generator() }).fit(rows);
  return { points: Float32Array.from(flat.flat()), labels: Float32Array.from(chosen, (i) => labels[i]!) };
}

/** Numbers from 0 to 1, the same in each run. */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
