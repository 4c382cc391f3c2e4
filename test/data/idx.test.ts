/** IDX files and MNIST: how a path names them, what is read, and what is refused. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { findIdx } from '../../src/data/idx-source';
import { openLayerSource } from '../../src/data/layer-source';
import { findFashion } from '../../src/data/mnist';
import { openSource } from '../../src/data/open-source';
import { damaged, dice, onlyDataErrors, removeTempFolders, tempFolder } from './fixtures';

afterAll(removeTempFolders);

function idx(dims: number[], data: Uint8Array): Buffer {
  const header = Buffer.from([
    0,
    0,
    8,
    dims.length,
    ...dims.flatMap((n) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]),
  ]);
  return Buffer.concat([header, data]);
}

const pixels = Uint8Array.from({ length: 5 * 6 }, (_, i) => i * 3);
const images = idx([5, 2, 3], pixels);
const labels = idx([5], Uint8Array.of(7, 0, 255, 7, 1));

function pair(prefix: string, suffix = ''): { folder: string; images: string; labels: string } {
  const folder = tempFolder();
  const pack = suffix === '.gz' ? gzipSync : (bytes: Buffer) => bytes;
  const files = {
    images: path.join(folder, `${prefix}images-idx3-ubyte${suffix}`),
    labels: path.join(folder, `${prefix}labels-idx1-ubyte${suffix}`),
  };
  writeFileSync(files.images, pack(images));
  writeFileSync(files.labels, pack(labels));
  return { folder, ...files };
}

describe('a path names a pair', () => {
  test.each(['', '.gz'])('by folder, prefix, images or both%s', async (suffix) => {
    const made = pair('train-', suffix);
    for (const name of [made.folder, path.join(made.folder, 'train'), made.images, `${made.images},${made.labels}`]) {
      const source = await openSource(name);
      expect(source.info).toEqual({ name, kind: 'idx', count: 5, channels: 1, height: 2, width: 3 });
      const set = await source.all();
      expect([...set.bytes!]).toEqual([...pixels]);
      expect([...set.labels]).toEqual([7, 0, 255, 7, 1]);
      expect([...(await source.labels())]).toEqual([7, 0, 255, 7, 1]);
      const some = await source.read(Int32Array.of(4, 1));
      expect([...some.bytes!]).toEqual([...pixels.subarray(24, 30), ...pixels.subarray(6, 12)]);
      expect([...some.labels]).toEqual([1, 0]);
      expect(await source.key(3)).toBe('00000003');
      await source.close();
    }
  });

  test('of a folder with two pairs, one must be named', async () => {
    const { folder } = pair('train-');
    writeFileSync(path.join(folder, 't10k-images-idx3-ubyte'), images);
    writeFileSync(path.join(folder, 't10k-labels-idx1-ubyte'), labels);
    expect(await onlyDataErrors(() => openSource(folder))).toMatch(/more than one set of IDX files/);
    expect((await openSource(path.join(folder, 't10k'))).info.count).toBe(5);
  });

  test('the dotted names are known too, and other paths are none', () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'train-images.idx3-ubyte'), images);
    writeFileSync(path.join(folder, 'train-labels.idx1-ubyte'), labels);
    expect(findIdx(path.join(folder, 'train'))?.labels).toBe(path.join(folder, 'train-labels.idx1-ubyte'));
    expect(findIdx(path.join(folder, 'other'))).toBeUndefined();
    expect(findIdx(path.join(folder, 'no', 'where'))).toBeUndefined();
  });
});

describe('refused', () => {
  test.each<[string, Buffer | undefined, Buffer | undefined, RegExp]>([
    [
      'images cut short',
      images.subarray(0, 40),
      labels,
      /images-idx3-ubyte is truncated: 40 bytes, its header means 46/,
    ],
    ['images with more', Buffer.concat([images, Buffer.alloc(1)]), labels, /has bytes left over/],
    ['a header cut short', images.subarray(0, 9), labels, /is truncated: 9 bytes are no header/],
    ['an empty file', Buffer.alloc(0), labels, /is truncated: 0 bytes are no header/],
    ['labels for images', labels, labels, /is no IDX file of images: it begins with 00000801/],
    ['floats', Buffer.concat([Buffer.from([0, 0, 0x0d, 3]), images.subarray(4)]), labels, /no IDX file of images/],
    ['fewer labels', images, idx([4], new Uint8Array(4)), /5 images in .*, but 4 labels/],
    ['no records', idx([0, 2, 3], new Uint8Array(0)), idx([0], new Uint8Array(0)), /holds no records/],
    ['images of no size', idx([5, 0, 3], new Uint8Array(0)), labels, /its images are of 0 x 3/],
    ['no labels', images, undefined, /its labels are missing/],
    [
      'a gzip file with more',
      gzipSync(Buffer.concat([images, Buffer.alloc(1 << 20)])),
      labels,
      /images-idx3-ubyte: it has bytes left over/,
    ],
    ['a gzip file cut short', gzipSync(images).subarray(0, 30), labels, /images-idx3-ubyte: unexpected end of file/],
  ])('%s', async (_what, first, second, message) => {
    const folder = tempFolder();
    if (first) writeFileSync(path.join(folder, 'images-idx3-ubyte'), first);
    if (second) writeFileSync(path.join(folder, 'labels-idx1-ubyte'), second);
    expect(await onlyDataErrors(() => openSource(folder))).toMatch(message);
  });

  test('any damage', async () => {
    const roll = dice(21);
    const made = pair('');
    const gz = pair('', '.gz');
    for (let i = 0; i < 300; i++) {
      const { folder, images: file } = roll(2) ? made : gz;
      writeFileSync(file, damaged(folder === gz.folder ? gzipSync(images) : images, roll));
      await onlyDataErrors(async () => (await openSource(folder)).all());
    }
  });
});

describe('MNIST', () => {
  test('mnist:test is the real one', async () => {
    const source = await openSource('mnist:test');
    expect(source.info).toEqual({ name: 'mnist:test', kind: 'idx', count: 10000, channels: 1, height: 28, width: 28 });
    const set = await source.all();
    expect([...set.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    const counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]; // as published
    expect(counts.map((_, label) => set.labels.filter((l) => l === label).length)).toEqual(counts);
  });

  test("under MyCaffe's names too, for its prototxt files", async () => {
    const layer = {
      name: 'd',
      type: 'Data',
      data_param: { source: 'MNIST.testing', backend: 'IMAGEDB' as const, batch_size: 1 },
    };
    expect((await openLayerSource(layer, tempFolder())).info).toMatchObject({ name: 'MNIST.testing', count: 10000 });
    expect((await openSource('MNIST.training')).info.count).toBe(60000);
    const made = pair('');
    const folder = path.dirname(made.folder);
    const beside = { ...layer, data_param: { ...layer.data_param, source: path.basename(made.folder) } };
    expect((await openLayerSource(beside, folder)).info.count).toBe(5);
  });

  test('mnist:train too, and there are no others', async () => {
    expect((await openSource('mnist:train')).info.count).toBe(60000);
    expect(await onlyDataErrors(() => openSource('mnist:validation'))).toMatch(
      /there are "mnist:train" and "mnist:test"/,
    );
  });
});

describe('Fashion-MNIST', () => {
  test('is found by its prefix in the first folder that has it', () => {
    const [empty, folder] = [tempFolder(), tempFolder()];
    for (const part of ['images-idx3', 'labels-idx1']) writeFileSync(path.join(folder, `t10k-${part}-ubyte.gz`), '');
    expect(findFashion('fashion-mnist:test', 't10k', [empty, folder])).toEqual({
      images: path.join(folder, 't10k-images-idx3-ubyte.gz'),
      labels: path.join(folder, 't10k-labels-idx1-ubyte.gz'),
    });
  });

  test('where it is not, what to install is said', async () => {
    const missing = () => findFashion('fashion-mnist:train', 'train', [tempFolder()]);
    expect(await onlyDataErrors(missing)).toMatch(/^fashion-mnist:train: there are no such files/);
    expect(missing).toThrow(expect.objectContaining({ help: expect.stringContaining('dataset-fashion-mnist') }));
    expect(await onlyDataErrors(() => openSource('fashion-mnist:validation'))).toMatch(
      /there are "fashion-mnist:train" and "fashion-mnist:test"/,
    );
  });
});

test('a folder made after the path was named is no file', () => {
  const folder = path.join(tempFolder(), 'a,b');
  mkdirSync(folder);
  expect(existsSync(folder)).toBe(true);
  expect(findIdx(folder)).toBeUndefined(); // a comma in an existing path does not part it
});
