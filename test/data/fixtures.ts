/** What the data tests share: golden databases, folders that are removed afterwards, and what a data error must be. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SiameseError } from '../../src/errors';

export const MINI = path.join(__dirname, '..', 'golden', 'mini');
export const mini = (name: string) => path.join(MINI, name);

const made: string[] = [];

export function tempFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-test-'));
  made.push(folder);
  return folder;
}

/** For afterAll. */
export function removeTempFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A golden LMDB folder, unpacked: 'train_lmdb' or 'test_lmdb'. */
export function goldenLmdb(name: string): string {
  const folder = tempFolder();
  execFileSync('tar', ['xzf', mini(`${name}.tar.gz`), '-C', folder]);
  return path.join(folder, name);
}

/** Names, sizes, times and contents of a folder's files: what must not change when it is only read. */
export function snapshotOf(folder: string): unknown {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const file = path.join(folder, name);
      const { size, mtimeMs, ino } = statSync(file);
      return { name, size, mtimeMs, ino, content: readFileSync(file).toString('base64') };
    });
}

/** Runs `body`, which must either work or throw SiameseError('data'); returns the error's message, or undefined. */
export async function onlyDataErrors(body: () => unknown): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    if (error instanceof SiameseError && error.code === 'data') return error.message;
    throw error;
  }
}

/** A small generator of the tests' own (mulberry32), so that fuzzing repeats. */
export function dice(seed: number): (below: number) => number {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A copy with a few bytes changed, or cut short. */
export function damaged(bytes: Uint8Array, roll: (below: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  if (roll(4) === 0) return bytes.slice(0, roll(bytes.length));
  const out = Uint8Array.from(bytes); // slice() of a Buffer would be a view of the good bytes
  for (let i = roll(4); i >= 0; i--) {
    const at = roll(3) === 0 ? roll(Math.min(64, out.length)) : roll(out.length);
    out[at] = roll(2) === 0 ? roll(256) : out[at]! ^ (1 << roll(8));
  }
  return out;
}
