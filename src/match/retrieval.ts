/** Retrieval within a labelled set: every encoding asks for the others of its class. Equally near ones of other classes come first. */
import { native } from '../engine/native.js';
import { ofMean, wilson } from './intervals.js';
import type { Measured } from './measured.js';

const CUTS = [1, 5, 10];

/**
 * recall@k: share of the encodings with one of their class among the k nearest. R-precision: share of the class among the R
 * nearest, R being how many others it has; MAP@R: the same by average precision (Musgrave, Belongie and Lim, 2020).
 * Encodings whose class has no other are left out.
 */
export function measureRetrieval(encodings: Float32Array, classes: Int32Array, dimension: number): Measured[] {
  const n = classes.length;
  const first = new Int32Array(n);
  const rPrecision = new Float64Array(n);
  const average = new Float64Array(n);
  native().retrieval(encodings, classes, dimension, first, rPrecision, average);
  const queries = first.filter((place) => place > 0).length;
  if (queries === 0) return [];
  const protocol = `each of ${queries} test encodings against the ${n - 1} others`;
  const only = (values: Float64Array) => values.filter((_, i) => first[i]! > 0);
  const recalls = CUTS.map((k): Measured => {
    const found = first.filter((place) => place > 0 && place <= k).length;
    return {
      name: `recall@${k}`,
      value: found / queries,
      interval: wilson(found, queries),
      protocol: `${protocol}; Wilson`,
    };
  });
  const means = [['MAP@R', average] as const, ['R-precision', rPrecision] as const].map(([name, values]): Measured => {
    const { mean, interval } = ofMean(only(values));
    return { name, value: mean, interval, protocol: `${protocol}; mean over them, normal` };
  });
  return [...recalls, ...means];
}

/**
 * Share of encodings whose class most of the k nearest training encodings are of. Where two classes have as many, that of the
 * nearer sum of distances is taken; equal in that too is wrong.
 */
export function neighbourAccuracy(
  train: { encodings: Float32Array; labels: ArrayLike<number> },
  test: { encodings: Float32Array; labels: ArrayLike<number> },
  dimension: number,
  k: number,
): Measured {
  const total = test.labels.length;
  const most = Math.min(k, train.labels.length);
  const indices = new Int32Array(total * most);
  const squared = new Float32Array(total * most);
  native().nearest(test.encodings, train.encodings, dimension, most, indices, squared);
  let correct = 0;
  for (let row = 0; row < total; row++) {
    const votes = new Map<number, { count: number; distance: number }>();
    for (let i = row * most; i < (row + 1) * most; i++) {
      const label = train.labels[indices[i]!]!;
      const vote = votes.get(label) ?? { count: 0, distance: 0 };
      vote.count++;
      vote.distance += Math.sqrt(squared[i]!);
      votes.set(label, vote);
    }
    const wanted = votes.get(test.labels[row]!);
    const better = (other: { count: number; distance: number }) =>
      other.count > wanted!.count || (other.count === wanted!.count && other.distance <= wanted!.distance);
    if (wanted && [...votes.values()].every((other) => other === wanted || !better(other))) correct++;
  }
  const protocol = `majority of the ${most} nearest of ${train.labels.length} training encodings; Wilson`;
  return { name: `kNN accuracy, k=${most}`, value: correct / total, interval: wilson(correct, total), protocol };
}
