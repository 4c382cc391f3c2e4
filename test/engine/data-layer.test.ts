/** The native Data layer against a plain transform of each pixel, in every mix of crops, means, layouts and pairs. */
import { Engine } from '../../src/engine/engine';
import type { FeedChunk, RecordSet } from '../../src/engine/native';
import type { Attribute, Plan } from '../../src/plan/plan';
import { PlanMaker } from './plans';

interface Case {
  name: string;
  items?: number;
  channels?: number;
  record?: [height: number, width: number];
  size?: [height: number, width: number];
  images?: number;
  allLabels?: boolean;
  crops?: boolean;
  mirror?: boolean;
  floats?: boolean;
  meanImage?: boolean;
  means?: number[];
  split?: number;
  pad?: number;
}

const CASES: Case[] = [
  { name: 'bytes as they are' },
  { name: 'a batch of 128', items: 128, record: [28, 28] },
  { name: 'a mean per channel', channels: 3, means: [10, 20.5, 128] },
  { name: 'one mean for all channels', channels: 3, means: [33.3] },
  { name: 'a mean image', channels: 2, meanImage: true },
  { name: 'the centre, an odd border', record: [9, 8], size: [4, 5], channels: 2 },
  { name: 'the centre of a mean image', record: [9, 8], size: [4, 5], channels: 2, meanImage: true },
  { name: 'crops', record: [9, 8], size: [4, 5], crops: true },
  { name: 'crops, mirrored', record: [9, 8], size: [4, 5], channels: 2, crops: true, mirror: true, means: [5, 6] },
  { name: 'crops, mirrored, a mean image', record: [6, 7], size: [3, 3], crops: true, mirror: true, meanImage: true },
  { name: 'floats', floats: true, channels: 2, means: [0.5] },
  { name: 'floats, mirrored, a mean image', floats: true, crops: true, mirror: true, meanImage: true },
  { name: 'pairs', images: 2, items: 7 },
  { name: 'pairs, both labels', images: 2, allLabels: true, channels: 3, crops: true, mirror: true },
  { name: 'triplets', images: 3, allLabels: true },
  { name: 'Caffe order', split: 0 },
  { name: 'Caffe order, pairs', split: 0, images: 2, allLabels: true, channels: 2, crops: true, mirror: true },
  { name: 'a padded pitch', items: 17, pad: 15 },
  { name: 'one item', items: 1 },
];

const SCALE = Math.fround(1 / 256);

describe.each([1, 2])('on %i threads', (threads) => {
  test.each(CASES)('$name', async (options) => {
    const set = setUp(options);
    using engine = new Engine(set.plan, { threads });
    engine.setRecords(0, set.records);
    if (set.mean) engine.setMean(0, set.mean);
    await engine.run({ count: 2, mode: 'forward', feeds: [set.chunk] });
    expect(engine.read('data')).toEqual(expectedPixels(set, 1));
    expect(engine.read('label')).toEqual(expectedLabels(set, 1));
  });
});

test('a chunk may bring its own records', async () => {
  const set = setUp({ name: '' });
  using engine = new Engine(set.plan);
  const chunk = { ...set.chunk, records: set.records };
  await engine.run({ count: 2, mode: 'forward', feeds: [chunk] });
  expect(engine.read('data')).toEqual(expectedPixels(set, 1));
});

test('what does not fit is refused', async () => {
  const set = setUp({ name: '', record: [9, 8], size: [4, 5], crops: true });
  using engine = new Engine(set.plan);
  const { records } = set;
  const run = (chunk: FeedChunk) => engine.run({ count: 2, mode: 'forward', feeds: [chunk] });
  await expect(run(set.chunk)).rejects.toThrow(/record \d+ of 0/); // nothing resident yet
  expect(() => engine.setRecords(0, { ...records, height: 8, width: 9 })).not.toThrow();
  expect(() => engine.setRecords(0, { ...records, height: 3, width: 24 })).toThrow(
    'the records are 1 x 3 x 24, the layer takes 1 x 4 x 5',
  );
  expect(() => engine.setRecords(0, { ...records, count: 12 })).toThrow('labels has');
  expect(() => engine.setRecords(0, { ...records, bytes: new Uint8Array(3) })).toThrow('bytes has 3 elements');
  expect(() => engine.setRecords(0, { ...records, count: 2 ** 40 })).toThrow('impossible size');
  engine.setRecords(0, records);
  for (const bad of [-1, 6]) {
    const crops = Int32Array.from(set.chunk.crops!);
    crops[3] = bad;
    await expect(run({ ...set.chunk, crops })).rejects.toThrow('a crop leaves its record');
  }
  engine.setMean(0, new Float32Array(5));
  await expect(run(set.chunk)).rejects.toThrow('the mean has another size');
  engine.setMean(0, new Float32Array(72));
  expect((await run(set.chunk)).done).toBe(2);
});

interface Set {
  options: Required<Omit<Case, 'means'>> & { means: number[] };
  plan: Plan;
  records: RecordSet;
  mean: Float32Array | undefined;
  chunk: FeedChunk;
}

const RECORDS = 11;
const PASSES = 2;

function setUp(given: Case): Set {
  const record = given.record ?? [5, 6];
  const defaults = { items: 4, channels: 1, record, size: record, images: 1, allLabels: false, crops: false };
  const rest = { mirror: false, floats: false, meanImage: false, means: [], split: 1, pad: 0 };
  const options = { ...defaults, ...rest, ...given };
  const { channels, images, items, size, split, pad } = options;
  const maker = new PlanMaker();
  const top = maker.blob('data', [items, channels * images, ...size], split, pad);
  const labels = images === 1 ? [items] : [items, options.allLabels ? images : 1];
  const label = maker.blob('label', labels, split, pad);
  const attributes: Record<string, Attribute> = {
    scale: SCALE,
    crop_size: size === record ? 0 : size[0],
    mean_values: options.means,
    images_per_blob: images,
    output_all_labels: options.allLabels,
  };
  const layer = maker.layer({ name: 'data', type: 'Data', tops: [top, label], attributes });
  const recordsPerPass = items * images;
  maker.plan.feeds.push({ layer, name: 'data', recordsPerPass });
  const random = sequence(7);
  const count = RECORDS * channels * record[0] * record[1];
  const pixels = Array.from({ length: count }, () => (options.floats ? random() * 2 - 1 : Math.floor(random() * 256)));
  const order = Int32Array.from({ length: PASSES * recordsPerPass }, () => Math.floor(random() * RECORDS));
  const crops = Int32Array.from({ length: 3 * order.length }, (_, i) => {
    if (i % 3 === 2) return options.mirror && random() < 0.5 ? 1 : 0;
    return Math.floor(random() * (record[i % 3]! - size[i % 3]! + 1));
  });
  return {
    options,
    plan: maker.plan,
    records: {
      ...(options.floats ? { floats: Float32Array.from(pixels) } : { bytes: Uint8Array.from(pixels) }),
      labels: Float32Array.from({ length: RECORDS }, (_, i) => i % 3),
      count: RECORDS,
      channels,
      height: record[0],
      width: record[1],
    },
    mean: options.meanImage ? Float32Array.from({ length: count / RECORDS }, () => random() * 100) : undefined,
    chunk: options.crops ? { order, crops } : { order },
  };
}

/** Every pixel by itself, rounded to float32 as Caffe's single precision does. */
function expectedPixels({ options, records, mean, chunk }: Set, pass: number): Float32Array {
  const { channels, images, items, size, record, means } = options;
  const [height, width] = record;
  const out: number[] = [];
  for (let i = pass * items * images; i < (pass + 1) * items * images; i++) {
    const centre = [Math.floor((height - size[0]) / 2), Math.floor((width - size[1]) / 2), 0];
    const [top, left, mirror] = chunk.crops ? chunk.crops.subarray(3 * i, 3 * i + 3) : centre;
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < size[0]; y++) {
        for (let x = 0; x < size[1]; x++) {
          const at = (c * height + top! + y) * width + left! + (mirror ? size[1] - 1 - x : x);
          const value = (records.bytes ?? records.floats!)[chunk.order[i]! * channels * height * width + at]!;
          const from = mean ? mean[at]! : Math.fround(means[means.length > 1 ? c : 0] ?? 0);
          out.push(Math.fround(Math.fround(value - from) * SCALE));
        }
      }
    }
  }
  return Float32Array.from(out);
}

function expectedLabels({ options, records, chunk }: Set, pass: number): Float32Array {
  const { images, items, allLabels } = options;
  const out: number[] = [];
  for (let n = pass * items; n < (pass + 1) * items; n++) {
    const labels = Array.from({ length: images }, (_, k) => records.labels[chunk.order[n * images + k]!]!);
    if (images === 1 || allLabels) out.push(...labels);
    else out.push(labels.every((label) => label === labels[0]) ? 1 : 0);
  }
  return Float32Array.from(out);
}

/** Numbers in [0, 1), the same each time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
