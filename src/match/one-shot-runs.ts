/** One-shot classification in runs (Lake et al., 2015): each image goes to the nearest of its run's examples. */
import { native } from '../engine/native.js';
import { ofFew } from './intervals.js';
import type { Measured } from './measured.js';

export interface EncodedRun {
  name: string;
  /** One row of numbers for each class; and for each image to recognise, with the index of its class. */
  training: Float32Array;
  test: Float32Array;
  truth: ArrayLike<number>;
}

export interface RunResult {
  name: string;
  ways: number;
  total: number;
  wrong: number;
  ties: number;
  /** Nearest example of each image, by index; of equally near ones the first, where `tied` says that there are several. */
  found: Int32Array;
  tied: readonly boolean[];
}

/** Equally near counts as wrong. */
export function matchRun({ name, training, test, truth }: EncodedRun, dimension: number): RunResult {
  const total = truth.length;
  const ways = training.length / dimension;
  const k = Math.min(2, ways);
  const indices = new Int32Array(total * k);
  const squared = new Float32Array(total * k);
  native().nearest(test, training, dimension, k, indices, squared);
  const found = Int32Array.from({ length: total }, (_, i) => indices[i * k]!);
  const tied = Array.from(found, (_, i) => k === 2 && squared[i * k] === squared[i * k + 1]);
  const wrong = found.filter((example, i) => tied[i] || example !== truth[i]).length;
  return { name, ways, total, wrong, ties: tied.filter(Boolean).length, found, tied };
}

/** Error over all runs: the mean of theirs, which are independent of each other as the images of one run are not. */
export function runsError(runs: readonly RunResult[]): Measured {
  const { mean, interval } = ofFew(runs.map(({ wrong, total }) => wrong / total));
  const ways = [...new Set(runs.map((run) => run.ways))].sort((a, b) => a - b);
  const images = runs.reduce((sum, { total }) => sum + total, 0);
  const share = `${ways.join(' or ')}-way one-shot error`;
  const protocol = `${runs.length} runs as in Lake et al. (2015), ${images} images, each to the nearest example of its run; Student's t over the runs`;
  return { name: share, value: mean, interval, protocol };
}
