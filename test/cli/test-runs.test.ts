/** siamese test --runs and --tta as a user runs them, with a net whose encodings are the halved pixels. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeKnownNet, writePixels } from '../match/known-net';
import { siamese } from './run-cli';

let folder: string;
const run = (...words: string[]) => siamese([...words, '--snapshot', 'half_iter_1.caffemodel'], { cwd: folder });

function writeRun(name: string, training: [number, number][], test: [left: number, right: number, truth: number][]) {
  const at = (...names: string[]) => path.join(folder, 'runs', name, ...names);
  for (const part of ['training', 'test']) mkdirSync(at(part), { recursive: true });
  for (const [i, [left, right]] of training.entries()) writePixels(at('training', `class0${i}.png`), left, right);
  for (const [i, [left, right]] of test.entries()) writePixels(at('test', `item0${i}.png`), left, right);
  const lines = test.map(([, , truth], i) => `${name}/test/item0${i}.png ${name}/training/class0${truth}.png\n`);
  writeFileSync(at('class_labels.txt'), lines.join(''));
}

beforeEach(async () => {
  ({ folder } = await writeKnownNet());
  writeRun(
    'run01',
    [
      [0, 0],
      [100, 0],
    ],
    [
      [10, 0, 0],
      [90, 0, 1],
    ],
  );
  writeRun(
    'run02',
    [
      [0, 0],
      [100, 0],
    ],
    [
      [10, 0, 0],
      [50, 0, 1],
      [90, 0, 0],
      [80, 0, 1],
    ],
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

test('error per run and over all; the tie is wrong', () => {
  const { status, stdout } = run('test', '--runs', 'runs');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^run +ways +images +wrong +error\nrun01 +2 +2 +0 +0\.00 %\nrun02 +2 +4 +2 +50\.00 %\n/);
  expect(stdout).toMatch(
    /2-way one-shot error +25\.00 % +\(0\.00 to 100\.00\) +\d+\.\d\d % +25\.00 % +2 runs as in Lake/,
  );
  const json = JSON.parse(run('test', '--runs', 'runs', '--json', '--no-baselines').stdout);
  expect(json).toMatchObject({ schema: 'siamese.test.runs/1', tta: 1, error: 0.25, ties: 1 });
  expect(json.runs[1]).toMatchObject({ run: 'run02', wrong: 2, error: 0.5 });
  expect(json.runs[1].mistakes).toEqual([
    { image: expect.stringMatching(/item01/), class: expect.stringMatching(/class01/), found: null },
    {
      image: expect.stringMatching(/item02/),
      class: expect.stringMatching(/class00/),
      found: expect.stringMatching(/class01/),
    },
  ]);
  expect(json.baselines).toBeUndefined();
});

test('--min-accuracy, and what does not go with runs', () => {
  expect(run('test', '--runs', 'runs', '--min-accuracy', '0.8')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('75.00 % is below --min-accuracy'),
  });
  expect(run('test', '--runs', 'runs', '-k', '3')).toMatchObject({ status: 2 });
  // The net is that of the centroid file: another would be passed over.
  expect(run('test', '--runs', 'runs', '--model', 'net.prototxt')).toMatchObject({ status: 2 });
  expect(run('test', '--runs', 'nowhere')).toMatchObject({ status: 3, stderr: expect.stringContaining('no folder') });
});

test('--tta: means of encodings, of match and enroll alike', () => {
  const stdout = run('test', '--runs', 'runs', '--tta', '5', '--no-baselines').stdout;
  expect(stdout).toContain('means of 5 encodings');
  writePixels(path.join(folder, 'a.png'), 100, 180);
  expect(run('enroll', 'new', 'a.png', '--tta', '9').status).toBe(0);
  const distance = (...words: string[]) =>
    JSON.parse(run('match', 'a.png', '--json', ...words).stdout).results[0].distance;
  // Turned and shifted, the two pixels mix; the same means are the same encoding.
  expect(distance('--tta', '9')).toBe(0);
  expect(distance()).toBeGreaterThan(0);
});
