/** The trained net that the flags mean: which weights, and the centroids that belong to them. */
import { existsSync } from 'node:fs';
import { SiameseError } from '../errors.js';
import { centroidFileOf, checkBelongs, readCentroids } from '../match/centroid-file.js';
import type { Centroids } from '../match/centroids.js';
import { type Call, usageError } from './call.js';
import { caffemodelBeside, newestSnapshot } from './runs.js';

/** A .caffemodel, by --snapshot or --weights, else the newest of this folder; says which where the user did not. */
export function findCaffemodel({ flags, terminal }: Call): string {
  if (flags.snapshot !== undefined && flags.weights !== undefined) {
    throw usageError('give --snapshot or --weights, but not both');
  }
  if (flags.weights !== undefined) {
    const [file, ...more] = flags.weights;
    if (file === undefined || more.length > 0) throw usageError('this command takes one file of weights');
    return file;
  }
  if (flags.snapshot === undefined) {
    const { file, how } = newestSnapshot();
    terminal.talk(`using ${file} (${how})`);
    return file;
  }
  if (/\.centroids$/.test(flags.snapshot)) return caffemodelBeside(flags.snapshot);
  if (!/\.solverstate(\.h5)?$/.test(flags.snapshot)) return flags.snapshot;
  const { readSnapshot } = require('../solver/snapshot.js') as typeof import('../solver/snapshot.js');
  return readSnapshot(flags.snapshot).weights;
}

/**
 * The centroids beside a caffemodel; undefined when there are none. Those of other weights are refused, unless 'unchecked':
 * then readWeightsOf is to do that.
 */
export function findCentroids(
  caffemodel: string,
  checked: 'checked' | 'unchecked' = 'checked',
): { file: string; centroids: Centroids } | undefined {
  const file = centroidFileOf(caffemodel);
  if (!existsSync(file)) return undefined;
  const centroids = readCentroids(file);
  if (checked === 'checked') checkBelongs(centroids, file, caffemodel);
  return { file, centroids };
}

export function needCentroids(
  caffemodel: string,
  checked: 'checked' | 'unchecked' = 'checked',
): { file: string; centroids: Centroids } {
  const found = findCentroids(caffemodel, checked);
  if (found) return found;
  throw new SiameseError(
    'input',
    `there are no centroids beside ${caffemodel}: ${centroidFileOf(caffemodel)} is missing`,
    {
      help: `siamese test --snapshot ${caffemodel} --solver SOLVER.prototxt computes them`,
    },
  );
}
