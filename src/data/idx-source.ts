/** IDX files, as MNIST comes: one of images, one of labels, plain or gzipped. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { openIdxFile } from './idx-file.js';
import { MemorySource } from './memory-source.js';

export interface IdxPair {
  images: string;
  labels: string;
}

/** Opens a pair of files; the images are read when first needed. */
export function openIdx(name: string, pair: IdxPair): MemorySource {
  const images = openIdxFile(pair.images, 3);
  const labels = openIdxFile(pair.labels, 1);
  const [count, height, width] = images.dims as [number, number, number];
  if (labels.dims[0] !== count) {
    throw new SiameseError('data', `${name}: ${count} images in ${pair.images}, but ${labels.dims[0]} labels`);
  }
  if (count === 0) throw new SiameseError('data', `${name} holds no records`);
  let floats: Float32Array | undefined;
  const readLabels = (): Float32Array => {
    floats ??= Float32Array.from(labels.load());
    return floats;
  };
  return new MemorySource({
    info: { name, kind: 'idx', count, channels: 1, height, width },
    load: () => ({ bytes: images.load(), labels: readLabels(), count, channels: 1, height, width }),
    labels: readLabels,
  });
}

/**
 * The pair that a path means: `IMAGES,LABELS`; the file of images; a prefix such as `data/train` of
 * `data/train-images-idx3-ubyte`; or a folder with one pair. Undefined when the path means no IDX files.
 */
export function findIdx(source: string): IdxPair | undefined {
  const [images, labels, more] = source.split(',');
  if (images && labels && more === undefined && !existsSync(source)) return { images, labels };
  const folder = existsSync(source) && statSync(source).isDirectory();
  if (folder) return findInFolder(source);
  if (existsSync(source)) return isIdxOfImages(path.basename(source)) ? withLabels(source) : undefined;
  const parent = path.dirname(source);
  if (!existsSync(parent) || !statSync(parent).isDirectory()) return undefined;
  const found = readdirSync(parent).filter((file) => isIdxOfImages(file) && prefixOf(file) === path.basename(source));
  return found[0] === undefined ? undefined : withLabels(path.join(parent, found[0]));
}

/** `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, either with `.gz`; the group is the prefix. */
const IMAGES_NAME = /^(.*?)[-_.]?images[-_.]idx3[-_.]ubyte(\.gz)?$/;

function isIdxOfImages(file: string): boolean {
  return IMAGES_NAME.test(file);
}

function prefixOf(file: string): string {
  return IMAGES_NAME.exec(file)?.[1] ?? '';
}

function findInFolder(folder: string): IdxPair | undefined {
  const found = new Map<string, string>();
  // Plain files after gzipped ones, so that of both the plain one stays.
  for (const file of readdirSync(folder).filter(isIdxOfImages).sort().reverse()) found.set(prefixOf(file), file);
  if (found.size === 0) return undefined;
  if (found.size > 1) {
    const choices = [...found.keys()].sort().map((prefix) => path.join(folder, prefix));
    throw new SiameseError('data', `${folder} holds more than one set of IDX files`, {
      help: `name one of them: ${choices.join(', ')}`,
    });
  }
  return withLabels(path.join(folder, [...found.values()][0]!));
}

function withLabels(images: string): IdxPair {
  const name = path.basename(images).replace('images', 'labels').replace('idx3', 'idx1');
  const plain = path.join(path.dirname(images), name.replace(/\.gz$/, ''));
  const labels = [plain, `${plain}.gz`].find((file) => existsSync(file));
  if (labels === undefined) throw new SiameseError('data', `${images}: its labels are missing: there is no ${plain}`);
  return { images, labels };
}
