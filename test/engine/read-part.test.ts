/** Parts of files of both sizes: whole, cut off by the end, and of what is no file. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readPart } from '../../src/engine/read-part';

const folder = mkdtempSync(path.join(os.tmpdir(), 'read-part-'));
const file = path.join(folder, 'file');
writeFileSync(
  file,
  Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * 2654435761) >>> 24),
);
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  [0, 100],
  [13, 5000],
  [0, 5_000_000],
  [1_000_001, 2_200_000], // more than a page of two megabytes
  [3, 524_288],
  [4_900_000, 1_000_000],
  [6_000_000, 700_000],
])('from %i, %i bytes', (from, length) => {
  const descriptor = openSync(file, 'r');
  const part = readPart(descriptor, from, length);
  closeSync(descriptor);
  expect(Buffer.compare(part, readFileSync(file).subarray(from, from + length))).toBe(0);
});

test('a folder is refused', () => {
  const descriptor = openSync(folder, 'r');
  expect(() => readPart(descriptor, 0, 10)).toThrow(/EISDIR/);
  expect(() => readPart(descriptor, 0, 1_000_000)).toThrow(/directory/);
  closeSync(descriptor);
});
