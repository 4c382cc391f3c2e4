/** How well clusters found without labels agree with the classes: normalised and adjusted mutual information. */
import { GROUPS, ofJackknife } from './intervals.js';
import { kMeans } from './k-means.js';
import type { Measured } from './measured.js';

const STARTS = 5;

/** k-means with as many clusters as classes. Undefined for fewer than two classes. */
export function measureClusters(encodings: Float32Array, classes: Int32Array, dimension: number): Measured[] {
  const k = new Set(classes).size;
  if (k < 2) return [];
  const { of } = kMeans(encodings, dimension, k, { starts: STARTS });
  const protocol = `${k} clusters by k-means (k-means++, best of ${STARTS} starts) of ${classes.length} test encodings; jackknife over ten groups of images`;
  return [['NMI', nmi] as const, ['AMI', ami] as const].map(([name, score]): Measured => {
    const without = Array.from({ length: GROUPS }, (_, group) => {
      const kept = (_value: number, i: number) => i % GROUPS !== group;
      return score(tableOf(classes.filter(kept), of.filter(kept)));
    });
    const value = score(tableOf(classes, of));
    return { name, value, interval: ofJackknife(value, without), protocol };
  });
}

/** How many items each class and cluster have in common; sums of rows and columns. */
export interface Contingency {
  counts: number[][];
  rows: number[];
  columns: number[];
  total: number;
}

export function tableOf(classes: ArrayLike<number>, clusters: ArrayLike<number>): Contingency {
  const [rowOf, columnOf] = [numbered(classes), numbered(clusters)];
  const counts = Array.from({ length: rowOf.size }, () => new Array<number>(columnOf.size).fill(0));
  for (let i = 0; i < classes.length; i++) counts[rowOf.get(classes[i]!)!]![columnOf.get(clusters[i]!)!]!++;
  const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = [...columnOf.values()].map((j) => counts.reduce((sum, row) => sum + row[j]!, 0));
  return { counts, rows, columns, total: classes.length };
}

/** Mutual information over the mean of the two entropies (Strehl and Ghosh, 2002, by the arithmetic mean). */
export function nmi(table: Contingency): number {
  const mean = (entropy(table.rows, table.total) + entropy(table.columns, table.total)) / 2;
  return mean === 0 ? 1 : mutual(table) / mean;
}

/** The same less what chance gives: (MI - E) / (mean entropy - E) (Vinh, Epps and Bailey, 2010). */
export function ami(table: Contingency): number {
  const mean = (entropy(table.rows, table.total) + entropy(table.columns, table.total)) / 2;
  const expected = expectedMutual(table);
  const range = mean - expected;
  return Math.abs(range) < Number.EPSILON ? 1 : (mutual(table) - expected) / range;
}

function entropy(counts: readonly number[], total: number): number {
  return counts.reduce((sum, count) => (count === 0 ? sum : sum - (count / total) * Math.log(count / total)), 0);
}

function mutual({ counts, rows, columns, total }: Contingency): number {
  let sum = 0;
  for (const [i, row] of counts.entries()) {
    for (const [j, count] of row.entries()) {
      if (count > 0) sum += (count / total) * Math.log((total * count) / (rows[i]! * columns[j]!));
    }
  }
  return sum;
}

/** Over all tables with these sums, by the hypergeometric distribution of each cell; equal pairs of sums are equal work done once. */
function expectedMutual({ rows, columns, total: n }: Contingency): number {
  const log = logFactorials(n);
  let sum = 0;
  for (const [a, timesA] of tally(rows)) {
    for (const [b, timesB] of tally(columns)) {
      const fixed = log[a]! + log[b]! + log[n - a]! + log[n - b]! - log[n]!;
      let cell = 0;
      for (let nij = Math.max(1, a + b - n); nij <= Math.min(a, b); nij++) {
        const chance = Math.exp(fixed - log[nij]! - log[a - nij]! - log[b - nij]! - log[n - a - b + nij]!);
        cell += (nij / n) * Math.log((n * nij) / (a * b)) * chance;
      }
      sum += timesA * timesB * cell;
    }
  }
  return sum;
}

function logFactorials(n: number): Float64Array {
  const log = new Float64Array(n + 1);
  for (let i = 2; i <= n; i++) log[i] = log[i - 1]! + Math.log(i);
  return log;
}

function tally(values: readonly number[]): Map<number, number> {
  const times = new Map<number, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  return times;
}

function numbered(values: ArrayLike<number>): Map<number, number> {
  const numbers = new Map<number, number>();
  for (let i = 0; i < values.length; i++) if (!numbers.has(values[i]!)) numbers.set(values[i]!, numbers.size);
  return numbers;
}
