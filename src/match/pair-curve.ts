/**
 * What a threshold on distances is worth: how many pairs of one class and of two classes lie at which distance, and from that
 * false accepts and false rejects, equal error rate, best accuracy and the area under the ROC curve. A pair is accepted, held
 * for one class, when its distance is at most the threshold.
 */
import { native } from '../engine/native.js';

export interface PairCurve {
  /** Ascending. */
  distances: Float64Array;
  /** Pairs of one class and of two classes at each distance. */
  same: Float64Array;
  different: Float64Array;
  genuinePairs: number;
  impostorPairs: number;
}

export interface OperatingPoint {
  threshold: number;
  falseAccepts: number;
  impostorPairs: number;
  falseRejects: number;
  genuinePairs: number;
}

const BINS = 1 << 22;
const BIN_SHIFT = 9;

/** All pairs of n encodings. Distances are upper bounds, at most 2^-14 of their square too large: see pairCounts. */
export function pairCurve(encodings: Float32Array, classes: Int32Array, dimension: number): PairCurve {
  const same = new Float64Array(BINS);
  const different = new Float64Array(BINS);
  native().pairCounts(encodings, classes, dimension, same, different);
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  const points: [number, number, number][] = [];
  for (let bin = 0; bin < BINS; bin++) {
    if (same[bin] === 0 && different[bin] === 0) continue;
    // The last float of the bin: thresholds then accept the whole of it.
    bits[0] = ((bin + 1) << BIN_SHIFT) - 1;
    points.push([Math.sqrt(value[0]!), same[bin]!, different[bin]!]);
  }
  return fromPoints(points);
}

/** Distances of pairs of one class, and of pairs of two. */
export function curveOf(genuine: ArrayLike<number>, impostor: ArrayLike<number>): PairCurve {
  const same = Float64Array.from(genuine).sort();
  const different = Float64Array.from(impostor).sort();
  const points: [number, number, number][] = [];
  for (let i = 0, j = 0; i < same.length || j < different.length; ) {
    const distance = Math.min(same[i] ?? Number.POSITIVE_INFINITY, different[j] ?? Number.POSITIVE_INFINITY);
    const point: [number, number, number] = [distance, 0, 0];
    for (; i < same.length && same[i]! <= distance; i++) point[1]++;
    for (; j < different.length && different[j]! <= distance; j++) point[2]++;
    points.push(point);
  }
  return fromPoints(points);
}

/** How many pairs a threshold takes for what they are not. */
export function pointAt(curve: PairCurve, threshold: number): OperatingPoint {
  let accepted = 0;
  let falseAccepts = 0;
  for (let i = 0; i < curve.distances.length && curve.distances[i]! <= threshold; i++) {
    accepted += curve.same[i]!;
    falseAccepts += curve.different[i]!;
  }
  const { genuinePairs, impostorPairs } = curve;
  return { threshold, falseAccepts, impostorPairs, falseRejects: genuinePairs - accepted, genuinePairs };
}

/** The largest threshold at which at most this share of the pairs of two classes is accepted. */
export function atFalseAcceptRate(curve: PairCurve, far: number): OperatingPoint {
  const allowed = Math.floor(far * curve.impostorPairs + 1e-9);
  let accepts = 0;
  let threshold = 0;
  for (let i = 0; i < curve.distances.length; i++) {
    accepts += curve.different[i]!;
    if (accepts > allowed) break;
    threshold = curve.distances[i]!;
  }
  return pointAt(curve, threshold);
}

/** Where as large a share of one kind is taken wrongly as of the other, on straight lines between the measured points. */
export function equalErrorRate(curve: PairCurve): { rate: number; threshold: number } {
  const { distances, same, different, genuinePairs, impostorPairs } = curve;
  let [far, frr, before] = [0, 1, 0];
  for (let i = 0; i < distances.length; i++) {
    const nextFar = far + different[i]! / impostorPairs;
    const nextFrr = Math.max(0, frr - same[i]! / genuinePairs);
    if (nextFar >= nextFrr) {
      const share = (frr - far) / (frr - far + (nextFar - nextFrr));
      return { rate: far + share * (nextFar - far), threshold: before + share * (distances[i]! - before) };
    }
    [far, frr, before] = [nextFar, nextFrr, distances[i]!];
  }
  return { rate: Number.NaN, threshold: Number.NaN };
}

/** The threshold with the best accuracy when both kinds of pairs count the same, however many there are of each. */
export function bestBalanced(curve: PairCurve): { accuracy: number; threshold: number } {
  const { distances, same, different, genuinePairs, impostorPairs } = curve;
  let [accepted, accepts] = [0, 0];
  let best = { accuracy: 0.5, threshold: 0 };
  for (let i = 0; i < distances.length; i++) {
    accepted += same[i]!;
    accepts += different[i]!;
    const accuracy = (accepted / genuinePairs + 1 - accepts / impostorPairs) / 2;
    if (accuracy > best.accuracy) best = { accuracy, threshold: distances[i]! };
  }
  return best;
}

/** Area under the ROC curve: how often a pair of one class is nearer than a pair of two; equally near counts as not. */
export function rocAuc({ same, different, genuinePairs, impostorPairs }: PairCurve): number {
  let accepts = 0;
  let wins = 0;
  for (let i = 0; i < same.length; i++) {
    accepts += different[i]!;
    wins += same[i]! * (impostorPairs - accepts);
  }
  return wins / genuinePairs / impostorPairs;
}

function fromPoints(points: readonly [number, number, number][]): PairCurve {
  const same = Float64Array.from(points, ([, count]) => count);
  const different = Float64Array.from(points, ([, , count]) => count);
  return {
    distances: Float64Array.from(points, ([distance]) => distance),
    same,
    different,
    genuinePairs: same.reduce((sum, count) => sum + count, 0),
    impostorPairs: different.reduce((sum, count) => sum + count, 0),
  };
}
