/** Turns images into Caffe's LMDB, with keys and Datums as Caffe's convert tools write them. */
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { encodeDatum } from './datum.js';
import { openFolder } from './folder-source.js';
import { openIdx } from './idx-source.js';
import { importEncoded } from './import-encoded.js';
import {
  bytesOf,
  dims,
  IMPORT_CHUNK,
  type ImageImportOptions,
  type ImportOptions,
  type ImportResult,
  keyOf,
  reportImport,
} from './import-options.js';
import { LabelIndex } from './label-index.js';
import { openList } from './list-source.js';
import { checkTarget, writeLmdb } from './lmdb-folder.js';
import { findMnist } from './mnist.js';
import { Random, usedSeed } from './random.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

/** Stream of the seed. */
const SHUFFLE = 11;

/** Like convert_mnist_data: keys 00000000, 00000001, ... */
export async function importIdx(
  images: string,
  labels: string,
  output: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  return importSource(openIdx(images, { images, labels }), output, options);
}

/** Like convert_imageset: keys 00000000_class/name.png, and the class names beside the records. */
export async function importFolder(
  folder: string,
  output: string,
  options: ImageImportOptions = {},
): Promise<ImportResult> {
  const { size, interpolation } = options;
  const source = await openFolder(folder, { channels: options.gray ? 1 : undefined, size, interpolation });
  return options.encoded ? importEncoded(source, output, options) : importSource(source, output, options);
}

/** Like convert_imageset: the images of a list of files and labels, keys 00000000_name. */
export async function importList(
  list: string,
  output: string,
  options: ImageImportOptions = {},
): Promise<ImportResult> {
  const { gray, size, interpolation } = options;
  const folders = [path.dirname(list)];
  const source = await openList(list, { rootFolder: '', folders, color: !gray, size, interpolation });
  return options.encoded ? importEncoded(source, output, options) : importSource(source, output, options);
}

/** MNIST or Fashion-MNIST, as FOLDER/mnist_train_lmdb and FOLDER/mnist_test_lmdb (fashion_mnist_...). */
export async function importMnist(
  folder: string,
  options: ImportOptions = {},
  set: 'mnist' | 'fashion-mnist' = 'mnist',
): Promise<ImportResult[]> {
  const stem = set.replace('-', '_');
  const parts = ['train', 'test'].map((part) => ({ part, output: path.join(folder, `${stem}_${part}_lmdb`) }));
  for (const { output } of parts) checkTarget(output, options.force ?? false);
  const results: ImportResult[] = [];
  for (const { part, output } of parts) {
    const name = `${set}:${part}`;
    results.push(await importSource(openIdx(name, findMnist(name)), output, options));
  }
  return results;
}

/** Any open source, record by record; closes it. */
export async function importSource(
  source: RecordSource,
  output: string,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const seed = usedSeed(options.seed);
  const { info } = source;
  const order = Int32Array.from({ length: info.count }, (_, i) => i);
  if (options.shuffle) Random.seeded(seed, SHUFFLE).shuffle(order);
  // convert_imageset sets `encoded` though it is false, the MNIST converters do not: a difference of two bytes a Datum.
  const encoded = hasFiles(info) ? { encoded: false } : {};
  try {
    const labels = new LabelIndex(await source.labels()).labels.length;
    await writeLmdb(output, { force: options.force, classNames: info.classNames }, async (put) => {
      for (let from = 0; from < order.length; from += IMPORT_CHUNK) {
        const some = order.subarray(from, from + IMPORT_CHUNK);
        const set = await source.read(some);
        for (let i = 0; i < some.length; i++) {
          const name = hasFiles(info) ? `_${await source.key(some[i]!)}` : '';
          put(
            keyOf(from + i, name),
            encodeDatum({ ...dims(set), data: image(set, i), label: set.labels[i]!, ...encoded }),
          );
        }
        await reportImport(options, from + some.length, order.length);
      }
    });
    return { output, ...dims(info), count: info.count, labels, seed };
  } finally {
    await source.close();
  }
}

const hasFiles = ({ kind }: RecordSourceInfo) => kind === 'folder' || kind === 'list';

function image(set: RecordSet, i: number): Uint8Array {
  const size = set.channels * set.height * set.width;
  return bytesOf(set).subarray(i * size, (i + 1) * size);
}
