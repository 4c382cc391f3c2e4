/** A short run of damaged inputs of every kind; `npm run fuzz` runs as many as one likes, each kind in its own process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { KINDS } from './kinds';
import { generator } from './mutate';
import { runAttempts } from './run';

/** All kinds together take some seconds on an idle machine: databases cost the most an input. */
const COUNTS: Readonly<Record<string, number>> = { LMDB: 60, LevelDB: 40, IDX: 120 };
const COUNT = 200;
/** A machine may be busy; a hang is longer. */
const PATIENCE = 20_000;

test.each(KINDS.map((kind) => [kind.name, kind] as const))('%s', async (name, kind) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'siamese-fuzz-'));
  try {
    const attempt = await kind.prepare(folder, path.join(__dirname, '..', '..'));
    const to = COUNTS[name] ?? COUNT;
    const { failures, read, refused } = await runAttempts(attempt, { seed: 7, from: 0, to, patience: PATIENCE });
    expect(failures).toEqual([]);
    expect(read + refused).toBe(to);
    // Damage that is never noticed tests nothing. (A Datum's numbers may be anything.)
    expect(refused).toBeGreaterThan(to / 50);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the same seed damages in the same way', () => {
  const [a, b] = [generator(5), generator(5)];
  expect(Array.from({ length: 20 }, () => a(1000))).toEqual(Array.from({ length: 20 }, () => b(1000)));
});
