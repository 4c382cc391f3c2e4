/** Feeds: what they hand out, streaming, exact resumption, statistics of what was used, mean files. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createFeed } from '../../src/data/create-feed';
import type { Feed, FeedOptions } from '../../src/data/feed';
import { MemorySource, pickRecords } from '../../src/data/memory-source';
import { openSource } from '../../src/data/open-source';
import type { RecordSource } from '../../src/data/record-source';
import type { FeedChunk } from '../../src/engine/native';
import { SiameseError } from '../../src/errors';
import type { DataParameter, TransformationParameter } from '../../src/proto/messages';
import { encode } from '../../src/proto/schema';
import { goldenLmdb, mini, onlyDataErrors, removeTempFolders, tempFolder } from './fixtures';

jest.setTimeout(60_000); // files and other processes' load, not computing
afterAll(removeTempFolders);

/** Records of 2 x 3 pixels, each of which says which record it is; label i % classes. */
function memory(count: number, classes: number): MemorySource {
  return MemorySource.of('made', {
    bytes: Uint8Array.from({ length: 6 * count }, (_, i) => Math.floor(i / 6)),
    labels: Float32Array.from({ length: count }, (_, i) => i % classes),
    count,
    channels: 1,
    height: 2,
    width: 3,
  });
}

type Change = Partial<Omit<FeedOptions, 'layer'>> & { data?: DataParameter; transform?: TransformationParameter };

function feedOf(source: RecordSource, { data, transform, ...options }: Change = {}): Promise<Feed> {
  const layer = {
    name: 'pairs',
    type: 'Data',
    data_param: { source: 'made', batch_size: 4, images_per_blob: 2, ...data },
    ...(transform && { transform_param: transform }),
  };
  return createFeed({ layer, phase: 'TRAIN', source, seed: 5, ...options });
}

/** Which records a chunk brings, whether it names them or carries them (their pixels tell). */
function recordsOf(chunk: FeedChunk): number[] {
  return Array.from(chunk.order, (record) => (chunk.records ? chunk.records.bytes![6 * record]! : record));
}

const STREAMED = { residentLimit: 10 };

describe('chunks', () => {
  test('plain records come in key order and wrap in the middle of a batch', async () => {
    const feed = await feedOf(memory(10, 3), { data: { images_per_blob: 1 } });
    expect(feed.recordsPerPass).toBe(4);
    expect(feed.resident?.count).toBe(10);
    const chunk = await feed.next(3);
    expect([...chunk.order]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(chunk.records).toBeUndefined();
    expect(chunk.crops).toBeUndefined();
    expect([...(await feed.next(1)).order]).toEqual([2, 3, 4, 5]);
  });

  test('rand_skip begins somewhere below it, by the seed', async () => {
    const starts = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const feed = await feedOf(memory(50, 3), { seed, data: { images_per_blob: 1, rand_skip: 5 } });
      starts.add((await feed.next(1)).order[0]!);
    }
    expect([...starts].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test('pairs are random and balanced unless it is said otherwise', async () => {
    const feed = await feedOf(memory(60, 6));
    expect(feed.recordsPerPass).toBe(8);
    const order = [...(await feed.next(15)).order];
    const first = order.filter((_, i) => i % 2 === 0);
    expect(new Set(first).size).toBe(60);
    expect(first).not.toEqual([...first].sort((a, b) => a - b));
    expect(first.map((a, i) => a % 6 === order[2 * i + 1]! % 6)).toEqual(first.map((_, i) => i % 2 === 0));
    const plain = await feedOf(memory(60, 6), { data: { balance_matches: false, enable_random_selection: false } });
    expect([...(await plain.next(1)).order]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('each image of a pair has its own crop and mirror', async () => {
    const feed = await feedOf(memory(60, 6), { transform: { crop_size: 2, mirror: true } });
    const { crops, order } = await feed.next(20);
    expect(crops!.length).toBe(3 * order.length);
    const differs = [...order.keys()].filter(
      (i) => i % 2 === 0 && `${crops!.slice(3 * i, 3 * i + 3)}` !== `${crops!.slice(3 * i + 3, 3 * i + 6)}`,
    );
    expect(differs.length).toBeGreaterThan(30);
    const test = await feedOf(memory(60, 6), { phase: 'TEST', transform: { crop_size: 2 } });
    expect((await test.next(1)).crops).toBeUndefined();
  });

  test('the length of chunks changes nothing, streamed or not', async () => {
    const want: number[] = [];
    const whole = await feedOf(memory(23, 4), { transform: { crop_size: 2, mirror: true } });
    const long = await whole.next(24);
    want.push(...recordsOf(long));
    for (const options of [{}, STREAMED]) {
      const feed = await feedOf(memory(23, 4), { transform: { crop_size: 2, mirror: true }, ...options });
      const got: number[] = [];
      const crops: number[] = [];
      for (const passes of [1, 1, 1, 5, 5, 2, 2, 7]) {
        const chunk = await feed.next(passes);
        got.push(...recordsOf(chunk));
        crops.push(...chunk.crops!);
      }
      expect(got).toEqual(want);
      expect(crops).toEqual([...long.crops!]);
      await feed.close();
    }
  });

  test('the same seed gives the same pairs, another one others, and none at all one from the clock', async () => {
    const take = async (seed: number) => {
      const feed = await feedOf(memory(40, 4), { seed });
      return { seed: feed.seed, order: [...(await feed.next(5)).order] };
    };
    expect(await take(1)).toEqual(await take(1));
    expect((await take(1)).order).not.toEqual((await take(2)).order);
    const [a, b] = [await take(-1), await take(-1)];
    expect(a.seed).not.toBe(b.seed);
    expect(await take(a.seed)).toEqual(a);
  });
});

describe('streaming', () => {
  test('a source over the limit brings its records, each once a batch', async () => {
    const source = await openSource(goldenLmdb('train_lmdb'));
    const all = await (await openSource(goldenLmdb('train_lmdb'))).all();
    const feed = await feedOf(source, { residentLimit: 100_000, data: { batch_size: 16 } });
    expect(feed.resident).toBeUndefined();
    const twin = await feedOf(MemorySource.of('whole', all), { data: { batch_size: 16 } });
    for (let i = 0; i < 5; i++) {
      const [chunk, same] = [await feed.next(3), await twin.next(3)];
      const records = chunk.records!;
      const batches = [0, 1, 2].map((b) => new Set(same.order.subarray(32 * b, 32 * (b + 1))).size);
      expect(records.count).toBe(batches.reduce((a, b) => a + b));
      const [got, want] = [pickRecords(records, chunk.order), pickRecords(all, same.order)];
      expect(Buffer.compare(got.bytes!, want.bytes!)).toBe(0);
      expect(got.labels).toEqual(want.labels);
      feed.used(chunk, 3);
      twin.used(same, 3);
    }
    expect(feed.statistics()).toEqual(twin.statistics());
    await feed.close();
    await source.close();
  });

  test('batches are read ahead while others are in use, as many as prefetch says', async () => {
    const inner = memory(30, 3);
    let reads = 0;
    const source: RecordSource = {
      info: inner.info,
      labels: () => inner.labels(),
      all: () => inner.all(),
      key: (record) => inner.key(record),
      close: () => inner.close(),
      read: (order) => {
        reads++;
        return inner.read(order);
      },
    };
    const settled = () => new Promise((resolve) => setTimeout(resolve, 50));
    for (const prefetch of [undefined, 1, 7]) {
      reads = 0;
      const feed = await feedOf(source, { ...STREAMED, ...(prefetch && { data: { prefetch } }) });
      await feed.next(2);
      await settled();
      const ahead = prefetch ?? 4; // Caffe's default
      expect(reads).toBe(2 + ahead);
      await feed.next(3);
      await settled();
      expect(reads).toBe(5 + ahead);
      await feed.close();
    }
  });

  test('a batch ahead that is larger than all that may be held is still one', async () => {
    const inner = memory(30, 3);
    let reads = 0;
    const source = Object.assign(Object.create(inner), {
      info: { ...inner.info, height: 20_000, width: 20_000 }, // of which nothing is there but the claim
      labels: () => inner.labels(),
      read: (order: Int32Array) => {
        reads++;
        return inner.read(order);
      },
    }) as RecordSource;
    const feed = await feedOf(source, STREAMED);
    await feed.next(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(reads).toBe(2);
    await feed.close();
  });

  test('an error while reading ahead reaches whoever asks for that chunk', async () => {
    const inner = memory(30, 3);
    let fail = false;
    const source = Object.assign(Object.create(inner), {
      info: inner.info,
      labels: () => inner.labels(),
      read: async (order: Int32Array) => {
        if (fail) throw new SiameseError('data', 'the disk is gone');
        return inner.read(order);
      },
    }) as RecordSource;
    const feed = await feedOf(source, STREAMED);
    await feed.next(2);
    fail = true;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await onlyDataErrors(() => feed.next(2))).toBe('layer "pairs" (Data): the disk is gone');
  });
});

describe('going on from a state', () => {
  const cases: [string, Change][] = [
    ['resident', { transform: { crop_size: 2, mirror: true } }],
    ['streamed', { ...STREAMED, transform: { crop_size: 2, mirror: true } }],
    ['in key order', { data: { enable_random_selection: false } }],
    ['plain records', { data: { images_per_blob: 1 } }],
  ];
  const rest = async (feed: Feed) => {
    const chunks = [await feed.next(3), await feed.next(4)];
    return chunks.map((chunk) => [recordsOf(chunk), chunk.crops && [...chunk.crops]]);
  };

  test.each(cases)('%s: the same pairs as if never stopped', async (_what, options) => {
    const feed = await feedOf(memory(23, 4), options);
    const chunk = await feed.next(9);
    feed.used(chunk, 9);
    const state = JSON.parse(JSON.stringify(feed.state()));
    const again = await feedOf(memory(23, 4), { ...options, seed: 123 });
    again.restore(state);
    expect(again.seed).toBe(5);
    expect(again.statistics()).toEqual(feed.statistics());
    expect(await rest(again)).toEqual(await rest(feed));
  });

  test.each(cases)('%s: from within a chunk', async (_what, options) => {
    for (const done of [0, 1, 5, 9]) {
      const straight = await feedOf(memory(23, 4), options);
      await straight.next(2);
      if (done > 0) await straight.next(done);
      const want = await rest(straight);

      const feed = await feedOf(memory(23, 4), options);
      await feed.next(2);
      const chunk = await feed.next(9);
      await feed.next(6); // asked for ahead, and never run
      const state = JSON.parse(JSON.stringify(feed.state(chunk, done)));
      const again = await feedOf(memory(23, 4), options);
      again.restore(state);
      expect(await rest(again)).toEqual(want);
      feed.restore(state);
      expect(await rest(feed)).toEqual(want);
    }
  });

  test('a state of another data set, or none, is refused', async () => {
    const feed = await feedOf(memory(23, 4));
    const other = (await feedOf(memory(24, 4))).state();
    expect(await onlyDataErrors(() => feed.restore(other))).toMatch(/the snapshot has a place in 24 records/);
    for (const state of [undefined, null, {}, 7, 'x', { records: 23 }, { ...(feed.state() as object), crops: [] }]) {
      expect(await onlyDataErrors(() => feed.restore(state))).toMatch(/cannot go on in made/);
    }
  });
});

describe('label query statistics', () => {
  test('count what was used, by part, and survive a snapshot', async () => {
    const feed = await feedOf(memory(40, 4));
    expect(feed.statistics().labels[0]).toEqual({
      label: 0,
      records: 10,
      primary: 0,
      same: 0,
      different: 0,
      percent: 0,
      epoch: 0,
    });
    const chunk = await feed.next(10);
    expect(feed.statistics().labels.every(({ primary }) => primary === 0)).toBe(true);
    feed.used(chunk, 7);
    const want = [0, 1, 2, 3].map((label) => ({
      label,
      records: 10,
      primary: 0,
      same: 0,
      different: 0,
      percent: 0,
      epoch: 0,
    }));
    for (let i = 0; i < 7 * 8; i += 2) {
      const [a, b] = [chunk.order[i]! % 4, chunk.order[i + 1]! % 4];
      want[a]!.primary++;
      want[b]![a === b ? 'same' : 'different']++;
    }
    for (const entry of want) {
      const used = entry.primary + entry.same + entry.different;
      entry.percent = (100 * used) / 56;
      entry.epoch = used / 10;
    }
    expect(feed.statistics()).toEqual({ labels: want });
    expect(want.reduce((sum, { same }) => sum + same, 0)).toBe(14);
  });

  test('labels may have gaps and be negative', async () => {
    const set = await memory(6, 2).all();
    const source = MemorySource.of('made', { ...set, labels: Float32Array.of(-1, 900, -1, 900, 7, 7) });
    const feed = await feedOf(source);
    const chunk = await feed.next(2);
    feed.used(chunk, 2);
    const { labels } = feed.statistics();
    expect(labels.map(({ label, records }) => [label, records])).toEqual([
      [-1, 2],
      [7, 2],
      [900, 2],
    ]);
    expect(labels.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100, 10);
  });
});

describe('warnings', () => {
  const warnings = async (source: RecordSource, data: DataParameter = {}) => {
    const seen: string[] = [];
    await feedOf(source, { data, warn: (warning) => seen.push(warning.message) });
    return seen;
  };

  test('one class, and classes of one record', async () => {
    expect(await warnings(memory(5, 1))).toEqual([
      expect.stringMatching(/all 5 records have label 0, so that no pair can be of different/),
    ]);
    expect(await warnings(memory(7, 5))).toEqual([expect.stringMatching(/3 labels have one record only/)]);
    expect(await warnings(memory(8, 4))).toEqual([]);
    const noted = memory(8, 4);
    noted.info.notes = ['folders within folders'];
    expect(await warnings(noted)).toEqual(['layer "pairs" (Data): folders within folders']);
    expect(await warnings(memory(5, 1), { balance_matches: false })).toEqual([]);
  });
});

describe('classes_per_group', () => {
  // Classes 0 to 5 of one alphabet, 6 to 9 of another, square images.
  const alphabets = (names: readonly string[]) => {
    const source = MemorySource.of('made', {
      bytes: new Uint8Array(4 * 60),
      labels: Float32Array.from({ length: 60 }, (_, i) => i % 10),
      count: 60,
      channels: 1,
      height: 2,
      width: 2,
    });
    source.info.classNames = [...names];
    return source;
  };
  const names = Array.from({ length: 10 }, (_, i) => `${i < 6 ? 'a' : 'b'}/${i}`);
  const single = { images_per_blob: 1, batch_size: 8, images_per_class: 2 };

  test.each([false, true])('classes of one alphabet meet, turned ones in the same turn: %s', async (turned) => {
    const data = { ...single, classes_per_group: 4, rotations_as_classes: turned };
    const feed = await feedOf(alphabets(names), { data });
    const seen = new Set<string>();
    for (let batch = 0; batch < 60; batch++) {
      const { order, labelShifts } = await feed.next(1);
      const groups = Array.from(order, (record, i) => `${record % 10 < 6 ? 'a' : 'b'}${labelShifts?.[i] ?? 0}`);
      expect(new Set(groups).size).toBe(1);
      seen.add(groups[0]!);
    }
    expect([...seen].sort()).toEqual(turned ? ['a0', 'a10', 'a20', 'a30', 'b0', 'b10', 'b20', 'b30'] : ['a0', 'b0']);
  });

  test('mirrored ones are classes of their own, in each turn', async () => {
    const data = { ...single, classes_per_group: 4, rotations_as_classes: true, mirrors_as_classes: true };
    const feed = await feedOf(alphabets(names), { data });
    const views = new Map<number, number>();
    for (let batch = 0; batch < 90; batch++) {
      const { order, labelShifts, warps } = await feed.next(1);
      expect(new Set(Array.from(order, (record) => record % 10 < 6)).size).toBe(1);
      expect(new Set(labelShifts).size).toBe(1);
      // Of quarter turns the determinant is 1, of mirrored ones -1.
      const [a, b, , d, e] = warps as unknown as [number, number, number, number, number];
      views.set(labelShifts![0]! / 10, a * e - b * d);
    }
    expect([...views].sort(([one], [two]) => one - two)).toEqual(
      Array.from({ length: 8 }, (_, v) => [v, v < 4 ? 1 : -1]),
    );
  });

  test('classes whose group is too small for it never come, which is told', async () => {
    const warnings: string[] = [];
    const data = { ...single, classes_per_group: 4 };
    const lone = [...names.slice(0, 8), 'c/8', 'c/9'];
    const options = { data: { ...data, batch_size: 8 }, warn: (warning: Error) => warnings.push(warning.message) };
    const feed = await feedOf(alphabets(lone), options);
    expect(warnings).toEqual([
      expect.stringMatching(/made: 4 classes never come: their groups have fewer than classes_per_group, 4 \(b\/\)$/),
    ]);
    for (let batch = 0; batch < 30; batch++) {
      const { order } = await feed.next(1);
      expect(Math.max(...order.map((record) => record % 10))).toBeLessThan(6);
    }
  });

  test.each<[string, readonly string[], DataParameter, RegExp]>([
    ['without groups', names.map((name) => name.replace('/', '-')), { classes_per_group: 4 }, /made are in no groups/],
    [
      'with larger ones than there are',
      names,
      { batch_size: 14, classes_per_group: 7 },
      /2 groups of made have at most 6/,
    ],
    ['with fewer than a batch needs', names, { batch_size: 16, classes_per_group: 4, images_per_class: 1 }, /needs 16/],
  ])('%s it is refused', async (_what, classNames, data, message) => {
    expect(await onlyDataErrors(() => feedOf(alphabets(classNames), { data: { ...single, ...data } }))).toMatch(
      message,
    );
  });
});

describe('mean_file', () => {
  const transform = (file: string) => ({ transform: { mean_file: file } });

  test("Caffe's, found beside the prototxt", async () => {
    const source = await openSource(goldenLmdb('test_lmdb'));
    const feed = await feedOf(source, {
      ...transform('mean.binaryproto'),
      baseFolder: mini(''),
      data: { images_per_blob: 1 },
    });
    expect(feed.mean!.length).toBe(2 * 28 * 28);
    feed.mean!.forEach((value, i) => {
      const [c, h, w] = [Math.floor(i / 784), Math.floor((i % 784) / 28), i % 28];
      expect(value).toBe(40 * c + h + 0.5 * w);
    });
    await source.close();
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'of another size',
      encode('BlobProto', { shape: { dim: [1, 2, 2] }, data: new Float32Array(4) }),
      /is of 1 x 2 x 2, the records are of 1 x 2 x 3/,
    ],
    [
      'of several images',
      encode('BlobProto', { shape: { dim: [2, 1, 2, 3] }, data: new Float32Array(12) }),
      /is of 2 x 1 x 2 x 3/,
    ],
    [
      'with too few values',
      encode('BlobProto', { num: 1, channels: 1, height: 2, width: 3, data: new Float32Array(5) }),
      /holds 5 values, 6 are needed/,
    ],
    [
      'with values that are none',
      encode('BlobProto', { channels: 1, height: 2, width: 3, data: new Float32Array(6).fill(Number.NaN) }),
      /no numbers/,
    ],
    ['damaged', Uint8Array.of(0x2a, 0x80, 0x80, 0x01, 3), /mean_file/],
  ])('%s is refused', async (_what, bytes, message) => {
    const file = path.join(tempFolder(), 'mean.binaryproto');
    writeFileSync(file, bytes);
    expect(await onlyDataErrors(() => feedOf(memory(4, 2), transform(file)))).toMatch(message);
  });

  test('that is not there is refused', async () => {
    expect(await onlyDataErrors(() => feedOf(memory(4, 2), transform('no/mean.binaryproto')))).toMatch(
      /layer "pairs" \(Data\): mean_file .*ENOENT/,
    );
  });
});
