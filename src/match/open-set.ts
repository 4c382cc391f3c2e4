/** Classes held out: whether their images are told from those of known classes, and how they are matched once enrolled from one image. */
import { Random } from '../data/random.js';
import { eachDistanceRow } from './distances.js';
import { ofMean } from './intervals.js';
import type { KnownClass } from './matcher.js';
import type { Measured } from './measured.js';
import { curveOf, rocAuc } from './pair-curve.js';

export interface OpenSet {
  auroc: Measured;
  oneShot: Measured;
}

const DRAWS = 100;
const STREAM = 0x0a11;

/**
 * AUROC: how often a test image of a known class is nearer to its nearest centroid than one of a held-out class is to its own;
 * equally near counts as not. One-shot: accuracy over all test images, nearest centroid, when one of them, drawn at random,
 * stands for each held-out class; the drawn ones are no test images. Undefined when either kind has no image.
 */
export function measureOpenSet(
  encodings: Float32Array,
  labels: ArrayLike<number>,
  dimension: number,
  known: readonly Pick<KnownClass, 'label' | 'mean'>[],
  seed = 1,
): OpenSet | undefined {
  const means = new Float32Array(known.length * dimension);
  for (const [i, { mean }] of known.entries()) means.set(mean, i * dimension);
  const isKnown = new Set(known.map(({ label }) => label));
  const nearest = new Float64Array(labels.length);
  const answers = new Float64Array(labels.length);
  eachDistanceRow(encodings, means, dimension, (row, squared, offset) => {
    let [first, tie] = [0, false];
    for (let i = 1; i < known.length; i++) {
      if (squared[offset + i]! < squared[offset + first]!) [first, tie] = [i, false];
      else if (squared[offset + i] === squared[offset + first]) tie = true;
    }
    nearest[row] = squared[offset + first]!;
    answers[row] = tie ? Number.NaN : known[first]!.label;
  });
  const members = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    if (!isKnown.has(labels[row]!)) members.set(labels[row]!, [...(members.get(labels[row]!) ?? []), row]);
  }
  const strange = nearest.filter((_, row) => !isKnown.has(labels[row]!));
  const familiar = nearest.filter((_, row) => isKnown.has(labels[row]!));
  if (strange.length === 0 || familiar.length === 0) return undefined;
  const value = rocAuc(curveOf(familiar, strange));
  const names = [...members.keys()].join(', ');
  return {
    auroc: {
      name: 'open-set AUROC',
      value,
      interval: hanley(value, familiar.length, strange.length),
      protocol: `${strange.length} images of classes held out (${names}) against ${familiar.length} of known ones, distance to the nearest centroid; Hanley and McNeil`,
    },
    oneShot: oneShot(encodings, labels, dimension, { nearest, answers, members }, seed),
  };
}

function oneShot(
  encodings: Float32Array,
  labels: ArrayLike<number>,
  dimension: number,
  { nearest, answers, members }: { nearest: Float64Array; answers: Float64Array; members: Map<number, number[]> },
  seed: number,
): Measured {
  const accuracies = Float64Array.from({ length: DRAWS }, (_, draw) => {
    const random = Random.seeded(seed, STREAM, draw);
    const drawn = [...members].map(([label, rows]) => ({ label, row: rows[random.below(rows.length)]! }));
    const targets = new Float32Array(drawn.length * dimension);
    for (const [i, { row }] of drawn.entries())
      targets.set(encodings.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    const taken = new Set(drawn.map(({ row }) => row));
    let correct = 0;
    eachDistanceRow(encodings, targets, dimension, (row, squared, offset) => {
      if (taken.has(row)) return;
      let [best, answer] = [nearest[row]!, answers[row]!];
      for (const [i, { label }] of drawn.entries()) {
        const distance = squared[offset + i]!;
        if (distance === best) answer = Number.NaN;
        else if (distance < best) [best, answer] = [distance, label];
      }
      if (answer === labels[row]) correct++;
    });
    return correct / (labels.length - drawn.length);
  });
  const { mean, interval } = ofMean(accuracies);
  const protocol = `over all test images, ${members.size} classes held out and then enrolled from one test image each, mean of ${DRAWS} draws; normal, over the draws`;
  return { name: 'accuracy, one image each', value: mean, interval, protocol };
}

/** Standard error of an area under a ROC curve (Hanley and McNeil, 1982). */
function hanley(area: number, positives: number, negatives: number) {
  const q1 = area / (2 - area);
  const q2 = (2 * area ** 2) / (1 + area);
  const spread = (positives - 1) * (q1 - area ** 2) + (negatives - 1) * (q2 - area ** 2);
  const half = 1.959963984540054 * Math.sqrt(Math.max(0, (area * (1 - area) + spread) / (positives * negatives)));
  return { low: Math.max(0, area - half), high: Math.min(1, area + half) };
}
