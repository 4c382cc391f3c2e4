/** What all pairs of a labelled set say: area under the ROC curve, equal error rate, best accuracy, with intervals. */
import { GROUPS, ofGroups } from './intervals.js';
import type { Measured } from './measured.js';
import { bestBalanced, equalErrorRate, type PairCurve, pairCurve, rocAuc } from './pair-curve.js';

export interface PairMetrics {
  curve: PairCurve;
  measured: Measured[];
}

/** Members that a class needs for its tenths to hold pairs. */
const ENOUGH_MEMBERS = 2 * GROUPS;

/** Undefined when the set has no two of one class or no two classes. */
export function measurePairs(encodings: Float32Array, classes: Int32Array, dimension: number): PairMetrics | undefined {
  const curve = pairCurve(encodings, classes, dimension);
  if (curve.genuinePairs === 0 || curve.impostorPairs === 0) return undefined;
  const { of, groups } = randomGroups(classes);
  const curves = groups
    .map((rows) => pairCurve(rowsOf(encodings, rows, dimension), classOf(classes, rows), dimension))
    .filter(({ genuinePairs, impostorPairs }) => genuinePairs > 0 && impostorPairs > 0);
  const interval = (statistic: (curve: PairCurve) => number) => {
    return curves.length === GROUPS ? ofGroups(statistic(curve), curves.map(statistic)) : undefined;
  };
  const pairs = `${curve.genuinePairs} pairs of one class, ${curve.impostorPairs} of two`;
  const protocol = `${pairs}; interval by ten random groups of ${of}`;
  const one = (name: string, statistic: (curve: PairCurve) => number, more = ''): Measured => {
    return { name, value: statistic(curve), interval: interval(statistic), protocol: more + protocol };
  };
  const { threshold } = bestBalanced(curve);
  return {
    curve,
    measured: [
      one(
        'pair accuracy',
        (c) => bestBalanced(c).accuracy,
        `at the best threshold, ${threshold.toPrecision(4)}, both kinds weighing the same; `,
      ),
      one('ROC AUC', rocAuc),
      one('EER', (c) => equalErrorRate(c).rate, `at ${equalErrorRate(curve).threshold.toPrecision(4)}; `),
    ],
  };
}

/** Ten parts with about as many of each class; of whole classes where these are small, since pairs of one image are not independent. */
function randomGroups(classes: Int32Array): { of: string; groups: number[][] } {
  const members = new Map<number, number[]>();
  classes.forEach((c, row) => {
    const rows = members.get(c);
    if (rows) rows.push(row);
    else members.set(c, [row]);
  });
  const groups = Array.from({ length: GROUPS }, (): number[] => []);
  const small = [...members.values()].some((rows) => rows.length < ENOUGH_MEMBERS);
  for (const [c, rows] of [...members.values()].entries()) {
    for (const [i, row] of rows.entries()) groups[(small ? c : i) % GROUPS]!.push(row);
  }
  return { of: small ? 'classes' : 'images', groups };
}

function rowsOf(encodings: Float32Array, rows: readonly number[], dimension: number): Float32Array {
  const out = new Float32Array(rows.length * dimension);
  for (const [i, row] of rows.entries())
    out.set(encodings.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  return out;
}

function classOf(classes: Int32Array, rows: readonly number[]): Int32Array {
  return Int32Array.from(rows, (row) => classes[row]!);
}
