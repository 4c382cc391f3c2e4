/** Import: byte for byte as Caffe's convert tools, shuffled by seed, pairs in the share asked for. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  importFolder,
  importIdx,
  importMnist,
  importPairs,
  importSource,
  MemorySource,
  openSource,
} from '../../src/data';
import { LmdbDatabase } from '../../src/data/lmdb-database';
import { SiameseError } from '../../src/errors';
import { decode, encode } from '../../src/proto/schema';
import { goldenLmdb, onlyDataErrors, removeTempFolders, tempFolder } from './fixtures';
import { grayPng } from './png-writer';

jest.setTimeout(60_000); // files and other processes' load, not computing
afterAll(removeTempFolders);

async function records(folder: string): Promise<{ key: string; value: Buffer }[]> {
  const database = new LmdbDatabase(folder);
  const found: { key: string; value: Buffer }[] = [];
  await database.scan(0, database.count, (key, value) =>
    found.push({ key: String(Buffer.from(key)), value: Buffer.from(value) }),
  );
  await database.close();
  return found;
}

/** `count` images of 1 x 2, which say which they are; label i % classes. */
function made(count: number, classes: number): MemorySource {
  return MemorySource.of('made', {
    bytes: Uint8Array.from({ length: 2 * count }, (_, i) => i >> 1),
    labels: Float32Array.from({ length: count }, (_, i) => i % classes),
    count,
    channels: 1,
    height: 1,
    width: 2,
  });
}

function idxFiles(count: number): { images: string; labels: string } {
  const folder = tempFolder();
  const files = { images: path.join(folder, 'images-idx3-ubyte'), labels: path.join(folder, 'labels-idx1-ubyte') };
  writeFileSync(
    files.images,
    Buffer.from([
      0,
      0,
      8,
      3,
      0,
      0,
      0,
      count,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      2,
      ...Array.from({ length: 2 * count }, (_, i) => i),
    ]),
  );
  writeFileSync(
    files.labels,
    Buffer.from([0, 0, 8, 1, 0, 0, 0, count, ...Array.from({ length: count }, (_, i) => i % 3)]),
  );
  return files;
}

describe('idx, as convert_mnist_data writes', () => {
  test('keys of eight digits, Datums without `encoded`', async () => {
    const { images, labels } = idxFiles(4);
    const output = path.join(tempFolder(), 'db');
    const result = await importIdx(images, labels, output);
    expect(result).toEqual({ output, count: 4, channels: 1, height: 1, width: 2, labels: 3, seed: expect.any(Number) });
    expect(await records(output)).toEqual(
      [0, 1, 2, 3].map((i) => ({
        key: `0000000${i}`,
        // channels 1, height 1, width 2, data of 2 bytes, label
        value: Buffer.from([0x08, 1, 0x10, 1, 0x18, 2, 0x22, 2, 2 * i, 2 * i + 1, 0x28, i % 3]),
      })),
    );
  });

  test('shuffled: other order, same keys, the same by the same seed', async () => {
    const folder = tempFolder();
    const order = async (name: string, seed: number) => {
      const { seed: used } = await importSource(made(200, 5), path.join(folder, name), { shuffle: true, seed });
      expect(used).toBe(seed);
      const found = await records(path.join(folder, name));
      expect(found.map(({ key }) => key)).toEqual(found.map((_, i) => String(i).padStart(8, '0')));
      return found.map(({ value }) => decode('Datum', value).data![0]!);
    };
    const [a, b, c] = [await order('a', 1), await order('b', 1), await order('c', 2)];
    expect([...a].sort((x, y) => x - y)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("Caffe's own database, imported again, has Caffe's own records", async () => {
    const golden = goldenLmdb('test_lmdb');
    const output = path.join(tempFolder(), 'again');
    await importSource(await openSource(golden), output);
    const [got, want] = [await records(output), await records(golden)];
    expect(got.length).toBe(want.length);
    for (const [i, { key, value }] of want.entries()) {
      expect(got[i]!.key).toBe(key);
      expect(got[i]!.value.equals(value)).toBe(true);
    }
  });

  test('progress is told, up to the whole', async () => {
    const seen: number[][] = [];
    await importSource(made(2500, 5), path.join(tempFolder(), 'db'), { progress: (...now) => seen.push(now) });
    expect(seen).toEqual([
      [1000, 2500],
      [2000, 2500],
      [2500, 2500],
    ]);
  });
});

describe('folder, as convert_imageset writes', () => {
  function photos(): string {
    const root = tempFolder();
    for (const [name, value] of [
      ['cat/2.png', 5],
      ['cat/10.png', 6],
      ['ape/1.png', 7],
    ] as const) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), grayPng(2, 1, Uint8Array.of(value, value + 100)));
    }
    return root;
  }

  test('keys with the file, Datums with `encoded: false`, and the class names beside', async () => {
    const output = path.join(tempFolder(), 'db');
    expect((await importFolder(photos(), output)).labels).toBe(2);
    const datum = (data: number[], label: number) =>
      Buffer.from(
        encode('Datum', { channels: 1, height: 1, width: 2, data: Uint8Array.from(data), label, encoded: false }),
      );
    expect(await records(output)).toEqual([
      { key: '00000000_ape/1.png', value: datum([7, 107], 0) },
      { key: '00000001_cat/10.png', value: datum([6, 106], 1) },
      { key: '00000002_cat/2.png', value: datum([5, 105], 1) },
    ]);
    const source = await openSource(output);
    expect(source.info.classNames).toEqual(['ape', 'cat']);
    expect(await source.key(2)).toBe('00000002_cat/2.png');
    await source.close();
  });

  test('an unreadable image stops it, and leaves nothing', async () => {
    const root = photos();
    writeFileSync(path.join(root, 'cat/3.png'), grayPng(2, 1, Uint8Array.of(1, 1)).subarray(0, 45));
    const parent = tempFolder();
    expect(await onlyDataErrors(() => importFolder(root, path.join(parent, 'db')))).toMatch(
      /1 image cannot be read: cat\/3.png/,
    );
    expect(readdirSync(parent)).toEqual([]);
  });

  test('never over what is there', async () => {
    const output = path.join(tempFolder(), 'db');
    await importFolder(photos(), output);
    const error = await importFolder(photos(), output).catch((e) => e);
    expect(error).toBeInstanceOf(SiameseError);
    expect([error.code, error.help]).toEqual(['io', expect.stringMatching(/--force/)]);
    await importFolder(photos(), output, { force: true });
  });
});

describe('pairs, as convert_mnist_siamese_data writes', () => {
  async function pairs(source: MemorySource, options: Parameters<typeof importPairs>[2]) {
    const output = path.join(tempFolder(), 'pairs');
    const result = await importPairs(source, output, { seed: 3, ...options });
    const found = (await records(output)).map(({ key, value }) => ({ key, ...decode('Datum', value) }));
    return { result, found };
  }

  test('two channels, label 1 for one class, as many as asked', async () => {
    const { result, found } = await pairs(made(30, 4), { count: 50 });
    expect(result).toMatchObject({ count: 50, channels: 2, height: 1, width: 2, labels: 2, seed: 3 });
    expect(found).toHaveLength(50);
    for (const [i, { key, channels, height, width, data, label, encoded }] of found.entries()) {
      expect([key, channels, height, width, encoded]).toEqual([String(i).padStart(8, '0'), 2, 1, 2, undefined]);
      const [a, b] = [data![0]!, data![2]!];
      expect([...data!]).toEqual([a, a, b, b]);
      expect(label).toBe(a % 4 === b % 4 ? 1 : 0);
    }
  });

  test('positives random, as in Caffe: about one of four classes', async () => {
    const { found } = await pairs(made(40, 4), { positives: 'random', count: 2000 });
    const same = found.filter(({ label }) => label === 1).length;
    expect(Math.abs(same - 500)).toBeLessThan(4 * Math.sqrt(2000 * 0.25 * 0.75)); // 4 standard deviations
  });

  test.each([0, 0.25, 0.5, 1])('positives %d are met exactly, and no image meets itself', async (positives) => {
    const { found } = await pairs(made(40, 4), { positives, count: 200 });
    expect(found.filter(({ label }) => label === 1)).toHaveLength(200 * positives);
    for (const { data } of found) expect(data![0]).not.toBe(data![2]);
  });

  test('what cannot be is refused', async () => {
    expect(await onlyDataErrors(() => pairs(made(5, 1), { positives: 0.5 }))).toMatch(/no pair can be of two classes/);
    expect(await onlyDataErrors(() => pairs(made(5, 5), { positives: 0.5 }))).toMatch(/no pair can be of one class/);
    await expect(pairs(made(5, 2), { positives: 1.5 })).rejects.toMatchObject({ code: 'usage' });
    expect(await onlyDataErrors(() => pairs(made(5, 2), { count: 0 }))).toMatch(/no records to write/);
  });
});

test('mnist, both parts, equal to the IDX files', async () => {
  const folder = path.join(tempFolder(), 'data');
  const results = await importMnist(folder);
  expect(results.map(({ output, count }) => [path.basename(output), count])).toEqual([
    ['mnist_train_lmdb', 60000],
    ['mnist_test_lmdb', 10000],
  ]);
  for (const [i, name] of ['mnist:train', 'mnist:test'].entries()) {
    const [database, files] = [await openSource(results[i]!.output, 'LMDB'), await openSource(name)];
    const [got, want] = [await database.all(), await files.all()];
    expect(Buffer.compare(got.bytes!, want.bytes!)).toBe(0);
    expect(Buffer.compare(Buffer.from(got.labels.buffer), Buffer.from(want.labels.buffer))).toBe(0);
    await database.close();
  }
}, 30000);
