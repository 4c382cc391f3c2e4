/**
 * Thresholds measured on held-out images. The pairs are those of an image and a class: genuine when the image is of the class,
 * else impostor, images of no known class included. The false-accept rate (FAR) is the share of impostor pairs within the
 * threshold, the false-reject rate (FRR) that of genuine pairs beyond it (ISO/IEC 19795-1's matching errors).
 */
import { SiameseError } from '../errors.js';
import { type Known, Matcher } from './matcher.js';
import {
  atFalseAcceptRate,
  bestBalanced,
  curveOf,
  equalErrorRate,
  type OperatingPoint,
  type PairCurve,
  pointAt,
} from './pair-curve.js';

export interface Calibration extends OperatingPoint {
  method: Method;
  wantedFar?: number | undefined;
  source: string;
  records: number;
  /** ISO 8601. */
  time: string;
  /** Neighbours per class that distances were averaged over; 0: distance to the centroid. */
  k: number;
  /** By label, where a class had pairs enough for one of its own. */
  perClass: ReadonlyMap<number, number>;
}

export type Method = 'far' | 'eer' | 'balanced';

export interface CalibrationGoal {
  method: Method;
  far?: number | undefined;
  perClass?: boolean | undefined;
  k?: number | undefined;
}

export interface CalibrationResult {
  point: OperatingPoint;
  perClass: Map<number, OperatingPoint>;
  /** Classes that had too few pairs for a threshold of their own. */
  tooFew: number[];
}

/** Errors that must be expected at a rate for it to be known to 30 % (the "rule of 30", Doddington et al., 2000). */
export const ENOUGH_ERRORS = 30;

/** `truth`: the label of each encoding's class; -1 for one of no known class. */
export function calibrate(
  known: Known,
  encodings: Float32Array,
  truth: ArrayLike<number>,
  { method, far = 0.001, perClass = false, k }: CalibrationGoal,
): CalibrationResult {
  const matcher = new Matcher(known, { k, threshold: 0 });
  const labels = [...new Set(known.classes.map(({ label }) => label))];
  const columns = new Map(labels.map((label, i) => [label, i]));
  const owners = known.classes.map(({ label }) => columns.get(label)!);
  const pairs = labels.map(() => ({ genuine: [] as number[], impostor: [] as number[] }));
  const distances = matcher.distances(encodings);
  const nearest = new Float64Array(labels.length);
  for (let row = 0; row < truth.length; row++) {
    nearest.fill(Number.POSITIVE_INFINITY);
    for (const [i, column] of owners.entries()) {
      nearest[column] = Math.min(nearest[column]!, distances[row * owners.length + i]!);
    }
    for (const [column, label] of labels.entries()) {
      pairs[column]![label === truth[row] ? 'genuine' : 'impostor'].push(nearest[column]!);
    }
  }
  const all = curveOf(
    pairs.flatMap(({ genuine }) => genuine),
    pairs.flatMap(({ impostor }) => impostor),
  );
  if (all.genuinePairs === 0 || all.impostorPairs === 0) {
    const what =
      all.genuinePairs === 0 ? 'no image is of a known class' : 'there is one class, and every image is of it';
    throw new SiameseError('data', `nothing to calibrate with: ${what}`, {
      help: 'the names of the classes (of the folders, or the labels) must be those that were trained or enrolled',
    });
  }
  const own = new Map<number, OperatingPoint>();
  const tooFew: number[] = [];
  for (const [column, { genuine, impostor }] of perClass ? pairs.entries() : []) {
    const wanted = method === 'far' ? ENOUGH_ERRORS / far : ENOUGH_ERRORS;
    const enough = impostor.length >= wanted && (method === 'far' || genuine.length >= ENOUGH_ERRORS);
    if (enough) own.set(labels[column]!, pointFor(curveOf(genuine, impostor), method, far));
    else tooFew.push(labels[column]!);
  }
  return { point: pointFor(all, method, far), perClass: own, tooFew };
}

function pointFor(curve: PairCurve, method: Method, far: number): OperatingPoint {
  if (method === 'far') return rounded(curve, atFalseAcceptRate(curve, far).threshold);
  return rounded(curve, (method === 'eer' ? equalErrorRate : bestBalanced)(curve).threshold);
}

/** At the threshold as a file holds it. */
function rounded(curve: PairCurve, threshold: number): OperatingPoint {
  return pointAt(curve, Math.fround(threshold));
}
