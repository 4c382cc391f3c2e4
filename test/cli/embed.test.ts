/** siamese embed: the same encodings in every form, from images, folders and databases, whole or not at all. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decode } from '../../src/proto/schema';
import { newFolder, testImage, writeMnist, writeNet, writePng, writeSolver } from './fixtures';
import { siamese } from './run-cli';

jest.setTimeout(120_000);

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (...words: string[]) => siamese(words, { cwd: folder });

beforeAll(() => {
  folder = newFolder();
  writeMnist(folder, 'digits_train', 'train', 300);
  writeMnist(folder, 'digits_test', 't10k', 60);
  writeNet(folder);
  writeSolver(folder, 's', { max_iter: 2, snapshot: 0, test_iter: 1 });
  expect(run('train', '-solver', 's.prototxt').status).toBe(0);
  for (let i = 0; i < 5; i++) {
    const { pixels, label } = testImage(i);
    writePng(at('flat', `${i}.png`), pixels);
    writePng(at('classes', `digit ${label}`, `${i}.png`), pixels);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Shape and numbers of a NumPy file. */
function readNpy(file: string): { shape: number[]; numbers: number[] } {
  const bytes = readFileSync(file);
  expect(bytes.toString('latin1', 0, 8)).toBe('\x93NUMPY\x01\x00');
  const start = 10 + bytes.readUInt16LE(8);
  expect(start % 64).toBe(0);
  const head = /\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/.exec(
    bytes.toString('latin1', 10, start),
  )!;
  const numbers = new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
  return { shape: [Number(head[1]), Number(head[2])], numbers: [...numbers] };
}

test('a database as CSV, JSON lines and NPY: the same float32 numbers', () => {
  expect(run('embed', 'digits_test', '-o', 'e.csv')).toMatchObject({ status: 0, stdout: 'e.csv\n' });
  expect(run('embed', 'digits_test', '-o', 'e.npy', '-q')).toMatchObject({ status: 0, stderr: '' });
  const csv = readFileSync(at('e.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  expect(csv[0]).toEqual(['key', 'label', 'class', 'e0', 'e1']);
  expect(
    csv
      .slice(1)
      .map(([key, label]) => [key, label])
      .slice(0, 2),
  ).toEqual([
    ['00000000', '7'],
    ['00000001', '2'],
  ]);
  const { shape, numbers } = readNpy(at('e.npy'));
  expect(shape).toEqual([60, 2]);
  expect(csv.slice(1).flatMap((cells) => cells.slice(3).map((cell) => Math.fround(Number(cell))))).toEqual(numbers);
  expect(readFileSync(at('e_labels.txt'), 'utf8').split('\n').slice(0, 3)).toEqual(['7', '2', '1']);
  expect(readFileSync(at('e_keys.txt'), 'utf8').split('\n')[59]).toBe('00000059');

  const lines = run('embed', '--jsonl', 'digits_test').stdout.trimEnd().split('\n');
  const rows = lines.map((line) => JSON.parse(line));
  expect(rows[1]).toMatchObject({ key: '00000001', label: 2 });
  expect(rows.flatMap(({ encoding }) => encoding.map(Math.fround))).toEqual(numbers);
  // Without a source, the net's own test records.
  expect(run('embed').stdout).toBe(readFileSync(at('e.csv'), 'utf8'));
});

test('images, a folder of images and a folder of classes encode as the database does', () => {
  const rows = (...words: string[]) =>
    run('embed', ...words)
      .stdout.trimEnd()
      .split('\n')
      .slice(1);
  const wanted = rows('digits_test')
    .slice(0, 5)
    .map((row) => row.split(',').slice(3));
  const flat = rows('flat').map((row) => row.split(','));
  expect(flat.map((cells) => cells.slice(3))).toEqual(wanted);
  expect(flat.map(([key, label]) => [key, label])[4]).toEqual([path.join('flat', '4.png'), '']);
  expect(rows('flat/1.png', 'flat/0.png').map((row) => row.split(',').slice(3))).toEqual([wanted[1], wanted[0]]);
  const classes = rows('classes').map((row) => row.split(','));
  // Test images 0 to 4 show 7, 2, 1, 0, 4; classes go by name.
  expect(classes.map((cells) => cells.slice(0, 3))[0]).toEqual(['digit 0/3.png', '0', 'digit 0']);
  expect(classes[4]).toEqual(['digit 7/0.png', '4', 'digit 7', ...wanted[0]!]);
  expect(rows('classes', 'digits_test').map((row) => row.split(',')[0])).toEqual(
    expect.arrayContaining(['classes/digit 0/3.png', 'digits_test/00000000']),
  );
});

test('another blob of the net; names with commas', () => {
  mkdirSync(at('odd'));
  writePng(at('odd', 'a, "b".png'), testImage(0).pixels);
  const { stdout } = run('embed', '--blob', 'ip2', 'odd', '--json', '-o', 'odd.csv');
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'siamese.embed/1', output: 'odd.csv', count: 1, dimension: 10 });
  expect(readFileSync(at('odd.csv'), 'utf8').split('\n')[1]).toMatch(/^"odd\/a, ""b"".png",,,/);
});

test('export: the encoder of the snapshot as ONNX, or that of a net by name', () => {
  expect(run('export')).toMatchObject({ status: 2, stderr: expect.stringContaining('--onnx') });
  const { status, stdout, stderr } = run('export', '--onnx');
  expect([status, stdout]).toEqual([0, 's_iter_2.onnx\n']);
  expect(stderr).toContain('input "data": N x 1 x 28 x 28, pixels 0 to 255; output "encoding": N x 2');
  expect(run('export', '--onnx')).toMatchObject({ status: 2, stderr: expect.stringContaining('--force') });
  const named = run('export', '--onnx', '--solver', 's.prototxt', '--blob', 'ip2', '-o', 'ip2.onnx', '--json');
  expect(JSON.parse(named.stdout)).toMatchObject({ schema: 'siamese.export/1', encoding: { shape: [10] } });
  writeFileSync(at('deploy.prototxt'), run('deploy').stdout);
  const words = ['--model', 'deploy.prototxt', '--weights', 's_iter_2.caffemodel', '--blob', 'feat', '-o', 'd.onnx'];
  expect(run('export', '--onnx', ...words).status).toBe(0);
  const bare = (file: string) => decode('OnnxModel', readFileSync(at(file))).graph;
  expect(bare('d.onnx')).toEqual(bare('s_iter_2.onnx'));
});

test('a failure leaves no file, and none is replaced unasked', () => {
  writeFileSync(at('broken.png'), 'no image');
  const { status, stderr } = run('embed', 'flat/0.png', 'broken.png', '-o', 'half.npy');
  expect([status, stderr]).toEqual([3, expect.stringContaining('broken.png')]);
  expect(existsSync(at('half.npy'))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  expect(run('embed', 'flat', '-o', 'e.csv')).toMatchObject({ status: 2, stderr: expect.stringContaining('--force') });
  expect(run('embed', 'flat', '-o', 'e.txt')).toMatchObject({ status: 2, stderr: expect.stringContaining('.npy') });
  expect(run('embed', 'flat', '-o', 'e.csv', '-f')).toMatchObject({ status: 0 });
  expect(run('embed', 'nothing', '-o', 'n.csv')).toMatchObject({
    status: 4,
    stderr: expect.stringContaining('nothing'),
  });
});
