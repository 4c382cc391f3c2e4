/** siamese data: import from each kind of source, check, and what is wrong with broken ones. */
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { readBlob } from '../../src/proto/files';
import { newFolder, testImage, writeMnist, writePng } from './fixtures';
import { siamese } from './run-cli';

jest.setTimeout(60_000);

let folder: string;
const run = (...words: string[]) => siamese(words, { cwd: folder });

beforeAll(() => {
  folder = newFolder();
  writeMnist(folder, 'small', 't10k', 200);
  for (let i = 0; i < 40; i++) {
    const { pixels, label } = testImage(i);
    writePng(path.join(folder, 'photos', `digit ${label}`, `${i}.png`), pixels);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test('idx files to LMDB, and the check of it', () => {
  const made = run('data', 'import', 'idx', 'small-images-idx3-ubyte', 'small-labels-idx1-ubyte', 'small_lmdb');
  expect(made).toMatchObject({ status: 0, stdout: 'small_lmdb: 200 records of 1x28x28, 10 labels\n' });
  expect(made.stderr).toBe('next: siamese data check small_lmdb\n');
  const { status, stdout } = run('data', 'check', 'small_lmdb', '--json');
  expect(status).toBe(0);
  const checked = JSON.parse(stdout);
  expect(checked).toMatchObject({ schema: 'siamese.data.check/1', kind: 'lmdb', count: 200, height: 28, faults: [] });
  expect(checked.labels.reduce((sum: number, { records }: { records: number }) => sum + records, 0)).toBe(200);
});

test('fashion-mnist: four files in data/fashion-mnist become two databases', () => {
  const files = path.join(folder, 'data', 'fashion-mnist');
  writeMnist(files, 'train', 'train', 30);
  writeMnist(files, 't10k', 't10k', 70);
  for (const part of ['images-idx3', 'labels-idx1']) {
    const file = path.join(files, `t10k-${part}-ubyte`);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
    rmSync(file);
  }
  const words = ['data', 'import', 'fashion-mnist', 'fashion'];
  const made = run(...words);
  const [train, test] = ['train', 'test'].map((part) => path.join('fashion', `fashion_mnist_${part}_lmdb`));
  expect(made).toMatchObject({
    status: 0,
    stdout: `${train}: 30 records of 1x28x28, 10 labels\n${test}: 70 records of 1x28x28, 10 labels\n`,
    stderr: `next: siamese data check ${train}\n`,
  });
  // The same records as the files by themselves.
  const pair = ['images-idx3', 'labels-idx1'].map((part) => path.join(files, `t10k-${part}-ubyte.gz`));
  expect(run('data', 'import', 'idx', ...pair, 'alone').status).toBe(0);
  expect(readFileSync(path.join(folder, test!, 'data.mdb'))).toEqual(
    readFileSync(path.join(folder, 'alone', 'data.mdb')),
  );
  expect(run(...words)).toMatchObject({ status: 7, stderr: expect.stringContaining('--force') });
  expect(run(...words, '--force').status).toBe(0);
});

test('a list of photographs to LMDB, resized, as pixels or as they are; and their mean', async () => {
  const colours = [
    [200, 40, 10],
    [20, 60, 110],
  ] as const;
  for (const [i, [r, g, b]] of colours.entries()) {
    // Flat, so that neither JPEG nor resizing changes a pixel by more than rounding.
    await sharp({ create: { width: 40 + i, height: 30, channels: 3, background: { r, g, b } } })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toFile(path.join(folder, `photo ${i}.jpg`));
  }
  writeFileSync(path.join(folder, 'list.txt'), 'photo 0.jpg 3\nphoto 1.jpg 5\n');
  const words = ['data', 'import', 'list', 'list.txt'];
  expect(run(...words, 'list_lmdb', '--size', '28x20')).toMatchObject({
    status: 0,
    stdout: 'list_lmdb: 2 records of 3x28x20, 2 labels\n',
  });
  expect(run(...words, 'encoded_lmdb', '--size', '28x20', '--encoded').status).toBe(0);
  for (const db of ['list_lmdb', 'encoded_lmdb']) {
    const made = run('data', 'mean', db, `${db}.binaryproto`, '--json');
    const { count, means } = JSON.parse(made.stdout);
    expect([made.status, count]).toEqual([0, 2]);
    // Blue first, as Caffe has it.
    for (const [c, mean] of [60, 50, 110].entries()) expect(Math.abs(means[c] - mean)).toBeLessThanOrEqual(1.5);
    expect(readBlob(path.join(folder, `${db}.binaryproto`)).shape).toEqual([1, 3, 28, 20]);
  }
  expect(run('data', 'import', 'list', 'absent.txt', 'absent_lmdb')).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('absent.txt: there is no such file'),
  });
  expect(run(...words, 'mixed_lmdb')).toMatchObject({ status: 4, stderr: expect.stringContaining('--size') });
  expect(run('data', 'mean', 'list_lmdb').status).toBe(2);
});

test('what exists is replaced only on request', () => {
  const words = ['data', 'import', 'idx', 'small-images-idx3-ubyte', 'small-labels-idx1-ubyte', 'twice_lmdb'];
  expect(run(...words).status).toBe(0);
  expect(run(...words)).toMatchObject({ status: 7, stdout: '', stderr: expect.stringContaining('--force') });
  expect(run(...words, '--force').status).toBe(0);
});

test('folder of folders to LMDB, shuffled by seed, classes by name', () => {
  const words = ['data', 'import', 'folder', 'photos', 'photos_lmdb', '--shuffle', '--seed', '3', '--force'];
  expect(run(...words).stdout).toBe('photos_lmdb: 40 records of 1x28x28, 9 labels, shuffled with seed 3\n');
  const once = readFileSync(path.join(folder, 'photos_lmdb', 'data.mdb'));
  expect(run(...words).status).toBe(0);
  expect(readFileSync(path.join(folder, 'photos_lmdb', 'data.mdb')).equals(once)).toBe(true);
  expect(run('data', 'check', 'photos_lmdb').stdout).toContain('digit 7');
});

test('pairs', () => {
  const made = run(
    'data',
    'import',
    'pairs',
    'small',
    'pairs_lmdb',
    '--positives',
    '0.5',
    '--count',
    '60',
    '--seed',
    '1',
  );
  expect(made.stdout).toBe('pairs_lmdb: 60 records of 2x28x28, 2 labels\n');
  expect(run('data', 'check', 'pairs_lmdb').stdout).toMatch(/ 0 +30\n +1 +30\n/);
});

test('a broken PNG is named, the others are counted', () => {
  const broken = path.join(folder, 'photos_broken');
  for (let i = 0; i < 6; i++) writePng(path.join(broken, String(i % 2), `${i}.png`), testImage(i).pixels);
  truncateSync(path.join(broken, '1', '3.png'), 120);
  const { status, stdout, stderr } = run('data', 'check', 'photos_broken');
  expect(status).toBe(4);
  expect(stdout).toMatch(/6 records of 1x28x28.*\n +0 +3 .*\n +1 +2 /);
  expect(stderr).toMatch(/error: .*3\.png/);
  expect(stderr).toContain('1 of 6 records are broken');
  expect(JSON.parse(run('data', 'check', 'photos_broken', '--json').stdout).faults).toHaveLength(1);
});

test('a file that is no PNG at all is named', () => {
  writePng(path.join(folder, 'photos_odd', '0', 'a.png'), testImage(0).pixels);
  writeFileSync(path.join(folder, 'photos_odd', '0', 'b.png'), 'no picture');
  expect(run('data', 'check', 'photos_odd')).toMatchObject({ status: 4, stderr: expect.stringContaining('b.png') });
});

test('a truncated database and a truncated IDX file: exit 4, the file is named', () => {
  run('data', 'import', 'idx', 'small-images-idx3-ubyte', 'small-labels-idx1-ubyte', 'cut_lmdb');
  truncateSync(path.join(folder, 'cut_lmdb', 'data.mdb'), 60_000);
  expect(run('data', 'check', 'cut_lmdb')).toMatchObject({ status: 4, stderr: expect.stringContaining('cut_lmdb') });
  writeMnist(folder, 'cut', 't10k', 50);
  truncateSync(path.join(folder, 'cut-images-idx3-ubyte'), 20_000);
  expect(run('data', 'check', 'cut')).toMatchObject({ status: 4, stderr: expect.stringContaining('cut-images') });
});

test('wrong words: exit 2, with the right ones', () => {
  expect(run('data')).toMatchObject({ status: 2, stderr: expect.stringContaining('import, check or mean') });
  expect(run('data', 'chek', 'x')).toMatchObject({ status: 2, stderr: expect.stringContaining('siamese data check') });
  expect(run('data', 'import', 'folders', 'x', 'y').stderr).toContain('did you mean "siamese data import folder"?');
  expect(run('data', 'import', 'idx', 'x')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('IMAGES LABELS DB'),
  });
  expect(run('data', 'check', 'nowhere')).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('no data set nowhere'),
  });
  expect(run('data', 'import', 'pairs', 'small', 'p', '--positives', '2').status).toBe(2);
});
