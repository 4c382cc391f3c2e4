/** calibrate as a user runs it, and match after it. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { writeKnownNet, writePixels } from '../match/known-net';
import { siamese } from './run-cli';

test('a threshold from held-out images, kept in the gallery and used by match', async () => {
  const { folder } = await writeKnownNet();
  const run = (...words: string[]) => siamese([...words, '--snapshot', 'half_iter_1.caffemodel'], { cwd: folder });
  // Distances to class 1, mean (10, 10), and to class 2, mean (90, 10): near their own, and a stranger 20 from class 1.
  const pixels = { 1: [20, 22, 26], 2: [180, 178, 174], other: [60, 60, 60] };
  for (const [name, lefts] of Object.entries(pixels)) {
    mkdirSync(path.join(folder, 'held', name), { recursive: true });
    for (const [i, left] of lefts.entries()) writePixels(path.join(folder, 'held', name, `${i}.png`), left, 20);
  }
  const far = run('calibrate', 'held', '--far', '0.01', '--json');
  expect(far.stderr).toContain('of no known class, and so to be refused: other');
  expect(far.stderr).toContain('12 impostor pairs are too few for a false-accept rate of 0.01');
  expect(JSON.parse(far.stdout)).toMatchObject({
    threshold: 3,
    falseAccepts: 0,
    impostorPairs: 12,
    genuinePairs: 6,
    falseRejects: 0,
  });
  const [stranger, member] = [path.join('held', 'other', '0.png'), path.join('held', '1', '1.png')];
  const matches = JSON.parse(run('match', '--json', stranger, member).stdout).results;
  expect(matches.map(({ accepted, threshold }: never) => [accepted, threshold])).toEqual([
    [false, 3],
    [true, 3],
  ]);
  expect(run('calibrate', 'held', '--eer', '--far', '0.1')).toMatchObject({ status: 2 });
  expect(run('calibrate', '--reset').status).toBe(0);
  expect(JSON.parse(run('match', '--json', member).stdout).results[0].threshold).not.toBe(3);
});
