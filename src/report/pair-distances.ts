/** Distances of pairs of encodings, of one class and of two: what a threshold has to tell apart. */

export interface PairDistances {
  /** Sorted, each a Euclidean distance. */
  same: Float32Array;
  different: Float32Array;
  /** All pairs that there are, or as many as were drawn. */
  exhaustive: boolean;
}

/** So many of each kind show a curve to its tenth of a percent. */
const DRAWN = 100_000;

/** All pairs of a small set, else pairs drawn at random, seeded, DRAWN of each kind. */
export function pairDistances(encodings: Float32Array, labels: ArrayLike<number>, dimension: number): PairDistances {
  const count = labels.length;
  const exhaustive = (count * (count - 1)) / 2 <= 2 * DRAWN;
  const same: number[] = [];
  const different: number[] = [];
  const distance = (a: number, b: number) => {
    let sum = 0;
    for (let k = 0; k < dimension; k++) sum += (encodings[a * dimension + k]! - encodings[b * dimension + k]!) ** 2;
    return Math.sqrt(sum);
  };
  if (exhaustive) {
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) (labels[a] === labels[b] ? same : different).push(distance(a, b));
    }
  } else {
    drawPairs(labels, same, different, distance);
  }
  return { same: Float32Array.from(same).sort(), different: Float32Array.from(different).sort(), exhaustive };
}

function drawPairs(
  labels: ArrayLike<number>,
  same: number[],
  different: number[],
  distance: (a: number, b: number) => number,
): void {
  const members = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const list = members.get(labels[i]!);
    if (list) list.push(i);
    else members.set(labels[i]!, [i]);
  }
  const random = generator(1);
  const partners = [...members.values()].some((list) => list.length > 1);
  while (partners && same.length < DRAWN) {
    const a = random(labels.length);
    const list = members.get(labels[a]!)!;
    const b = list[random(list.length)]!;
    if (a !== b) same.push(distance(a, b));
  }
  while (members.size > 1 && different.length < DRAWN) {
    const [a, b] = [random(labels.length), random(labels.length)];
    if (labels[a] !== labels[b]) different.push(distance(a, b));
  }
}

/** Numbers below a bound, the same in each run: a linear congruential generator is enough for a sample. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export interface Roc {
  /** Shares of different pairs accepted, and of same pairs accepted, as the threshold grows. */
  points: [falseAccepts: number, trueAccepts: number][];
  /** Area under the curve; ties count half. */
  auc: number;
  /** Where false accepts and false rejects are equally frequent, and the distance at which that is. */
  eer: number;
  threshold: number;
}

/** The trade between accepting what is different and refusing what is the same, over all thresholds. */
export function rocOf({ same, different }: PairDistances): Roc {
  const points: Roc['points'] = [[0, 0]];
  let [s, d, auc] = [0, 0, 0];
  let [eer, threshold, best] = [1, 0, Infinity];
  while (s < same.length || d < different.length) {
    const at = Math.min(same[s] ?? Infinity, different[d] ?? Infinity);
    const [lastS, lastD] = [s, d];
    while (s < same.length && same[s]! <= at) s++;
    while (d < different.length && different[d]! <= at) d++;
    auc += ((d - lastD) / different.length) * ((s + lastS) / 2 / same.length);
    const [far, tar] = [d / different.length, s / same.length];
    const gap = Math.abs(far - (1 - tar));
    if (gap < best) [best, eer, threshold] = [gap, (far + 1 - tar) / 2, at];
    points.push([far, tar]);
  }
  return { points, auc, eer, threshold };
}
