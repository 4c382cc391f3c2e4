import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFileAtomic } from '../../src/proto/atomic';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('writes text and bytes, replaces what was there, leaves nothing else', () => {
  const file = path.join(folder, 'a');
  writeFileAtomic(file, 'old \u00fc');
  expect(readFileSync(file, 'utf8')).toBe('old \u00fc');
  writeFileAtomic(file, Uint8Array.of(1, 2, 3));
  expect([...readFileSync(file)]).toEqual([1, 2, 3]);
  writeFileAtomic(file, '');
  expect(readFileSync(file)).toHaveLength(0);
  expect(readdirSync(folder)).toEqual(['a']);
});

test('a large file arrives whole', () => {
  const bytes = Buffer.alloc(20 << 20, 'pattern');
  writeFileAtomic(path.join(folder, 'large'), bytes);
  expect(Buffer.compare(readFileSync(path.join(folder, 'large')), bytes)).toBe(0);
});

test('no folder', () => {
  const file = path.join(folder, 'none', 'a');
  expect(() => writeFileAtomic(file, 'x')).toThrow(
    expect.objectContaining({
      code: 'io',
      message: `cannot write ${file}: its folder does not exist`,
      help: 'make the folder first',
    }),
  );
});

test('a folder in its place: the folder stays, the temporary file goes', () => {
  expect(() => writeFileAtomic(folder, 'x')).toThrow(expect.objectContaining({ code: 'io' }));
  expect(readdirSync(folder)).toEqual([]);
  expect(readdirSync(path.dirname(folder)).filter((name) => name.includes(path.basename(folder)))).toEqual([
    path.basename(folder),
  ]);
});

test('a full disk: the old content stays', () => {
  // /dev/full is Linux's device on which every write finds the disk full; a link to it takes the temporary file's place.
  const file = path.join(folder, 'a');
  writeFileAtomic(file, 'old');
  const fs = require('node:fs') as typeof import('node:fs');
  fs.symlinkSync('/dev/full', path.join(folder, `.a.${process.pid}.tmp`));
  expect(() => writeFileAtomic(file, 'new')).toThrow(
    expect.objectContaining({ code: 'io', message: `cannot write ${file}: the disk is full` }),
  );
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['a']);
});

// Root may write anywhere, so the test only means something for others.
const asOther = process.getuid?.() === 0 ? test.skip : test;
asOther('no permission', () => {
  const file = path.join(folder, 'a');
  writeFileSync(file, 'old');
  chmodSync(folder, 0o555);
  expect(() => writeFileAtomic(file, 'new')).toThrow(
    expect.objectContaining({ code: 'io', message: `cannot write ${file}: permission denied` }),
  );
  chmodSync(folder, 0o755);
  expect(readFileSync(file, 'utf8')).toBe('old');
});
