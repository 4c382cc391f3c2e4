/** The main job through the built program: real MNIST digits, a kill in the middle, resume, test, match. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { newFolder, testImage, writeMnist, writeNet, writePng, writeSolver } from './fixtures';
import { cleanEnv, type Outcome, program, siamese } from './run-cli';

jest.setTimeout(300_000);

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (sub: string, ...words: string[]) => siamese(words, { cwd: at(sub) });

/** One folder a run, so that file names inside snapshots are the same. */
function newRun(sub: string, fields: Parameters<typeof writeSolver>[2] = {}, records = 1000): void {
  writeMnist(at(sub), 'digits_train', 'train', records);
  writeMnist(at(sub), 'digits_test', 't10k', 300);
  writeNet(at(sub));
  writeSolver(at(sub), 'solver', { snapshot_prefix: '"s"', ...fields });
}

type Act = readonly [seen: RegExp, then: (child: ChildProcess) => void];

/** Starts a training and does one thing after another, each when the log matches. */
function trainAnd(sub: string, words: string[], ...acts: Act[]): Promise<Outcome> {
  const child = spawn(process.execPath, [program, 'train', ...words], { cwd: at(sub), env: cleanEnv() });
  return new Promise((resolve) => {
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
      while (acts[0]?.[0].test(stderr)) acts.shift()![1](child);
    });
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}

const losses = (log: string) =>
  [...log.matchAll(/Iteration (\d+) .*, loss = (\S+)/g)].map(([, i, l]) => [Number(i), Number(l)]);

let whole: Outcome;

beforeAll(() => {
  folder = newFolder();
  newRun('whole');
  whole = run('whole', 'train', '--solver', 'solver.prototxt');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('train', () => {
  test('logs as Caffe does, loss falls, snapshots and centroids are there, the last line names the next command', () => {
    expect(whole.status).toBe(0);
    expect(whole.stdout).toBe('s_iter_300.caffemodel\n');
    expect(whole.stderr).toMatch(/^I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ solver\.cpp:\d+\] Solving siamese_mnist$/m);
    expect(whole.stderr).toMatch(
      /Iteration 0, Testing net \(#0\)\n(.*Restarting data prefetching from start.\n)?.*Test net output #0: loss = /,
    );
    expect(whole.stderr).toMatch(/Optimization Done\.\n(.*\n)*next: siamese test --snapshot s_iter_300\.caffemodel\n$/);
    const course = losses(whole.stderr);
    expect(course.map(([iteration]) => iteration)).toEqual([0, 50, 100, 150, 200, 250]);
    expect(course.at(-1)![1]!).toBeLessThan(course[0]![1]! / 2);
    for (const iteration of [100, 200, 300]) {
      for (const end of ['caffemodel', 'solverstate', 'centroids']) {
        expect(existsSync(at('whole', `s_iter_${iteration}.${end}`))).toBe(true);
      }
    }
  });

  test('killed in the middle, the snapshot before is whole, and going on from it equals the run that never stopped', async () => {
    newRun('killed');
    const killed = await trainAnd(
      'killed',
      ['-solver=solver.prototxt'],
      [/Iteration 150 /, (child) => child.kill('SIGKILL')],
    );
    expect(killed.status).toBeNull();
    expect(existsSync(at('killed', 's_iter_200.solverstate'))).toBe(false);
    const resumed = run('killed', 'train', '-solver', 'solver.prototxt', '-snapshot', 's_iter_100.solverstate');
    expect(resumed.status).toBe(0);
    expect(resumed.stderr).toContain('Resuming from s_iter_100.solverstate');
    expect(losses(resumed.stderr)).toEqual(losses(whole.stderr).filter(([iteration]) => iteration! >= 100));
    for (const file of readdirSync(at('whole')).filter((name) =>
      /^s_iter_300\.(caffemodel|solverstate|centroids)$/.test(name),
    )) {
      expect([file, readFileSync(at('killed', file)).equals(readFileSync(at('whole', file)))]).toEqual([file, true]);
    }
  });

  test('Ctrl-C stops with a snapshot, from which it goes on; a hang-up only writes one', async () => {
    newRun('stopped', { snapshot: 0, test_iter: 1, max_iter: 100_000, display: 10 });
    const words = ['--solver', 'solver.prototxt'];
    const stopped = await trainAnd(
      'stopped',
      words,
      [/Iteration 20 /, (child) => child.kill('SIGHUP')],
      [/Snapshotting solver state(.*\n)+.*Iteration \d+0 /, (child) => child.kill('SIGINT')],
    );
    expect(stopped.status).toBe(0);
    expect(stopped.stderr).toContain('Optimization stopped early.');
    const states = readdirSync(at('stopped')).filter((name) => name.endsWith('.solverstate'));
    expect(states).toHaveLength(2);
    expect(stopped.stderr).toMatch(
      /next: siamese train --solver solver\.prototxt --snapshot s_iter_\d+\.solverstate\n$/,
    );
  });

  test('a second Ctrl-C quits at once; none is ignored', async () => {
    // Enough records for the centroids to take longer than the pause between the two signals.
    newRun('quit', { snapshot: 0, max_iter: 100_000, display: 10, test_iter: 1 }, 30_000);
    const quit = await trainAnd(
      'quit',
      ['--solver', 'solver.prototxt'],
      [/Iteration 20 /, (child) => child.kill('SIGINT')],
      [/once more quits at once/, (child) => setTimeout(() => child.kill('SIGINT'), 150)],
    );
    expect(quit.status).toBe(130);
    newRun('none', { max_iter: 60, snapshot: 0, display: 10, test_iter: 1 });
    const words = ['--solver', 'solver.prototxt', '--sigint_effect', 'none'];
    const ignored = await trainAnd('none', words, [/Iteration 20 /, (child) => child.kill('SIGINT')]);
    expect(ignored.status).toBe(0);
    expect(ignored.stdout).toBe('s_iter_60.caffemodel\n');
  });

  test('--json and --jsonl, label statistics, --max-iter, quiet', () => {
    const words = ['train', '--solver', 'solver.prototxt', '--max-iter', '100', '--label-stats', '--quiet'];
    newRun('json');
    const one = run('json', ...words, '--json');
    expect(one.stderr).toBe('');
    const summary = JSON.parse(one.stdout);
    expect(summary).toMatchObject({
      schema: 'siamese.train/1',
      iteration: 100,
      maxIter: 100,
      seed: 7,
      stoppedEarly: false,
    });
    expect(summary.displays).toHaveLength(2);
    expect(summary.tests.map((t: { iteration: number }) => t.iteration)).toEqual([0, 100]);
    const { labels } = summary.labelStatistics.pair_data;
    const used = labels.reduce(
      (sum: number, l: { primary: number; same: number; different: number }) => sum + l.primary + l.same + l.different,
      0,
    );
    expect(used).toBe(100 * 128);
    const lines = run('json', ...words, '--jsonl')
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line).schema);
    expect(new Set(lines)).toEqual(
      new Set(['siamese.train.test/1', 'siamese.train.display/1', 'siamese.train.snapshot/1', 'siamese.train/1']),
    );
  });
});

describe('test', () => {
  test('nearest centroid on all records, each once, beside the untrained net and raw pixels', () => {
    const { status, stdout, stderr } = run('whole', 'test');
    expect(status).toBe(0);
    expect(stdout).toMatch(/accuracy +\d+\.\d+ %.*300/);
    expect(stdout).toMatch(/untrained net +\d+\.\d+ %/);
    expect(stdout).toMatch(/raw pixels +\d+\.\d+ %/);
    expect(stderr).toContain('s_iter_300.caffemodel');
    expect(stderr).toMatch(/next: siamese match/);
  });

  test('--json, --min-accuracy', () => {
    const result = JSON.parse(run('whole', 'test', '--json', '--snapshot', 's_iter_300.solverstate').stdout);
    expect(result).toMatchObject({ schema: 'siamese.test/1', records: 300 });
    expect(result.accuracy).toBeGreaterThan(0.6);
    expect(result.accuracy).toBeGreaterThan(result.baselines.untrained);
    expect(run('whole', 'test', '--nobaselines', '--min-accuracy', '0.3').status).toBe(0);
    expect(run('whole', 'test', '--nobaselines', '--min-accuracy', '1').status).toBe(1);
  });

  test("Caffe's own form", () => {
    const words = ['-model', 'train_val.prototxt', '-weights', 's_iter_300.caffemodel', '-iterations', '3'];
    const { status, stdout, stderr } = run('whole', 'test', ...words);
    expect(status).toBe(0);
    expect(stderr).toMatch(/\] Running for 3 iterations\.$/m);
    const values = [...stderr.matchAll(/\] Batch \d+, loss = (\S+)/g)].map(([, v]) => Number(v));
    expect(values).toHaveLength(3);
    const mean = values.reduce((a, b) => a + b) / 3;
    expect(Number(/^loss = (\S+)/m.exec(stdout)![1])).toBeCloseTo(mean, 5);
  });
});

describe('match', () => {
  const seven = () => at('whole', 'seven.png');
  beforeAll(() => {
    writePng(seven(), testImage(0).pixels);
    writePng(
      at('whole', 'noise.png'),
      Uint8Array.from({ length: 784 }, (_, i) => (i * 7919) % 256),
    );
  });

  test('needs no flag after a training', () => {
    const { status, stdout, stderr } = run('whole', 'match', 'seven.png');
    expect(stdout).toMatch(/^seven\.png +(\d|unknown) +distance /);
    expect([0, 1]).toContain(status);
    expect(stderr).toContain('s_iter_300.caffemodel');
  });

  test('a photo: large, in colour, and in whatever format', async () => {
    const photo = sharp(readFileSync(seven())).resize(420, 420, { kernel: 'nearest' }).toColourspace('srgb');
    const files = {
      'photo.jpg': photo.clone().jpeg({ quality: 90 }),
      'photo.webp': photo.clone().webp(),
      'photo.gif': photo.clone().gif(),
      'photo.tiff': photo.clone().tiff(),
      'photo.avif': photo.clone().avif({ quality: 80 }),
      // The name says JPEG, the content decides.
      'misnamed.jpg': photo.clone().png(),
    };
    for (const [name, image] of Object.entries(files)) writeFileSync(at('whole', name), await image.toBuffer());
    const words = ['match', '--jsonl', '--threshold', '1000', 'seven.png', ...Object.keys(files)];
    const { status, stdout, stderr } = run('whole', ...words);
    expect(status).toBe(0);
    const [small, ...large] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const one of large) {
      expect([one.image, one.class]).toEqual([one.image, small.class]);
      // Compression moves a pixel by a few values of 255; an encoding of a short training is a few units long.
      expect(Math.abs(one.distance - small.distance)).toBeLessThan(0.1 * small.distance + 0.1);
    }
    expect(stderr).toMatch(/photo\.jpg: (made gray and )?resized from 420x420 to 28x28 pixels/);
  });

  test('accepted up to a threshold, else unknown and exit 1', () => {
    const accepted = run('whole', 'match', 'seven.png', '--threshold', '1000');
    expect(accepted.status).toBe(0);
    expect(accepted.stdout).toContain('accepted');
    const unknown = run('whole', 'match', 'seven.png', '--threshold', '0');
    expect(unknown.status).toBe(1);
    expect(unknown.stdout).toContain('unknown');
  });

  test('many images, from the line, from a file and from standard input', () => {
    const lines = run('whole', 'match', '--jsonl', 'seven.png', 'noise.png', '--threshold', '1000')
      .stdout.trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line).image)).toEqual(['seven.png', 'noise.png']);
    const words = ['match', '--json', '-0', '--files-from', '-'];
    const { stdout } = siamese(words, { cwd: at('whole'), input: 'seven.png\0noise.png\0' });
    expect(JSON.parse(stdout).results).toHaveLength(2);
    const piped = siamese(['match', '-', '--json'], { cwd: at('whole'), input: readFileSync(seven()) as never });
    expect(JSON.parse(piped.stdout).results[0].image).toBe('-');
  });

  test('among the nearest training images', () => {
    const result = JSON.parse(run('whole', 'match', 'seven.png', '--k', '5', '--json').stdout).results[0];
    expect(result).toMatchObject({ image: 'seven.png', class: expect.any(String), distance: expect.any(Number) });
  });
});
