/** Turns single labelled images into a database of pairs, as Caffe's siamese example has them. */
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { encodeDatum } from './datum.js';
import { bytesOf, IMPORT_CHUNK, type ImportOptions, type ImportResult, keyOf, reportImport } from './import-options.js';
import { LabelIndex } from './label-index.js';
import { type Put, writeLmdb } from './lmdb-folder.js';
import { Random, usedSeed } from './random.js';
import type { RecordSource } from './record-source.js';

/** Stream of the seed. */
const PAIRS = 12;

export interface PairOptions extends ImportOptions {
  /** Share of pairs of one class, met exactly; 'random' draws both freely, as convert_mnist_siamese_data does. */
  positives?: number | 'random' | undefined;
  /** Pairs to write; by default as many as there are images. */
  count?: number | undefined;
}

/** Like convert_mnist_siamese_data: two images on the channel axis, label 1 for one class. Closes the source. */
export async function importPairs(
  source: RecordSource,
  output: string,
  options: PairOptions = {},
): Promise<ImportResult> {
  const seed = usedSeed(options.seed);
  const { info } = source;
  const count = options.count ?? info.count;
  const positives = options.positives ?? 'random';
  if (positives !== 'random' && !(positives >= 0 && positives <= 1)) {
    throw new SiameseError('usage', `positives must be "random" or from 0 to 1, not ${positives}`);
  }
  try {
    const index = new LabelIndex(await source.labels());
    checkPositives(info.name, index, positives);
    const random = Random.seeded(seed, PAIRS);
    const shape = { channels: 2 * info.channels, height: info.height, width: info.width };
    await writeLmdb(output, { force: options.force }, async (put) => {
      for (let from = 0; from < count; from += IMPORT_CHUNK) {
        const pairs = Math.min(IMPORT_CHUNK, count - from);
        const order = new Int32Array(2 * pairs);
        for (let i = 0; i < pairs; i++) drawPair(order, 2 * i, from + i, positives, index, random);
        putPairs(put, from, await source.read(order), shape);
        await reportImport(options, from + pairs, count);
      }
    });
    return { output, ...shape, count, labels: 2, seed };
  } finally {
    await source.close();
  }
}

function drawPair(
  out: Int32Array,
  at: number,
  number: number,
  positives: number | 'random',
  index: LabelIndex,
  random: Random,
): void {
  const first = random.below(index.records);
  out[at] = first;
  if (positives === 'random') out[at + 1] = random.below(index.records);
  // Whenever the running total of positives passes a whole number, so that the share is met everywhere in the set.
  else if (Math.floor((number + 1) * positives) > Math.floor(number * positives))
    out[at + 1] = index.same(first, random);
  else out[at + 1] = index.different(first, random);
}

/** Two neighbouring records are one pair, and their images one stretch of bytes. */
function putPairs(
  put: Put,
  from: number,
  set: RecordSet,
  shape: { channels: number; height: number; width: number },
): void {
  const size = shape.channels * shape.height * shape.width;
  const bytes = bytesOf(set);
  for (let i = 0; i < set.count / 2; i++) {
    const label = set.labels[2 * i] === set.labels[2 * i + 1] ? 1 : 0;
    put(keyOf(from + i), encodeDatum({ ...shape, data: bytes.subarray(i * size, (i + 1) * size), label }));
  }
}

function checkPositives(name: string, index: LabelIndex, positives: number | 'random'): void {
  if (positives === 'random') return;
  if (positives < 1 && index.labels.length === 1) {
    throw new SiameseError('data', `${name}: all records have label ${index.labels[0]}: no pair can be of two classes`);
  }
  if (positives > 0 && index.labels.every((_, k) => index.size(k) === 1)) {
    throw new SiameseError('data', `${name}: no label has two records: no pair can be of one class`);
  }
}
