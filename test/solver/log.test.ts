/** Log lines against those of Caffe, and the %g format. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SolverEvent } from '../../src/solver/events';
import { formatG, glog, logLines } from '../../src/solver/log';

describe('formatG is C++ %g with 6 digits', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [0.01, '0.01'],
    [Math.fround(0.01), '0.01'],
    [0.2335898876, '0.23359'],
    [0.0001, '0.0001'],
    [0.00001234567, '1.23457e-05'],
    [123456, '123456'],
    [999999.5, '1e+06'],
    [1234567, '1.23457e+06'],
    [1e21, '1e+21'],
    [1e-300, '1e-300'],
    [-3.36312e-44, '-3.36312e-44'],
    [100.5, '100.5'],
    [111.111111, '111.111'],
    [1.015625, '1.01562'], // exact tie: C rounds to even
    [1.046875, '1.04688'], // exact tie: the even one is above
    [-1.015625, '-1.01562'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [NaN, 'nan'],
  ])('%d is %s', (value, text) => {
    expect(formatG(value)).toBe(text);
  });
});

test("glog's prefix is four words, as log parsers count", () => {
  const line = glog(
    { severity: 'I', source: 'solver.cpp:289', text: 'Solving x' },
    new Date(2026, 10, 3, 4, 5, 6, 7).getTime() + 0.25,
    42,
  );
  expect(line).toMatch(/^I1103 04:05:06\.007250 {4}42 solver\.cpp:289\] Solving x$/);
});

/** The lines of a real log that a solver writes while it runs, without prefix and pace. */
function goldenLines(name: string): string[] {
  const text = gunzipSync(readFileSync(path.join(__dirname, '..', 'golden', 'mini', `${name}.log.gz`))).toString();
  return text.split('\n').flatMap((line) => {
    const found = /^\w\d+ \S+ +\d+ ((?:sgd_)?solver\.cpp:\d+\] .*)$/.exec(line);
    return found ? [found[1]!.replace(/\(.* iters\)/, '(pace)')] : [];
  });
}

test('events of an iteration, a test and a snapshot read as in a log of Caffe', () => {
  const loss = (value: number) => [{ name: 'loss', value, lossWeight: 1 }];
  const events: SolverEvent[] = [
    { type: 'net', phase: 'TRAIN', index: 0, from: 'net file: train_test.prototxt' },
    { type: 'weights', file: 'init.caffemodel', ignored: [], missing: [] },
    { type: 'net', phase: 'TEST', index: 0, from: 'net file: train_test.prototxt' },
    { type: 'ready' },
    { type: 'solving', net: 'mini_siamese', policy: 'fixed', iteration: 0, maxIter: 50 },
    {
      type: 'display',
      iteration: 0,
      loss: 0.233589888,
      smoothedLoss: 0.233589888,
      outputs: loss(0.233589888),
      lr: 0.01,
      iterationsPerSecond: 0,
      seconds: 0.019,
      display: 1,
      eta: NaN,
      dataWait: 0,
    },
    { type: 'testing', iteration: 25, net: 0 },
    { type: 'test', iteration: 25, net: 0, loss: 0.0675423741, outputs: loss(0.0675423741) },
    { type: 'snapshotting', iteration: 50, what: 'caffemodel', file: 'no_test_init_iter_50.caffemodel' },
    { type: 'snapshotting', iteration: 50, what: 'solverstate', file: 'no_test_init_iter_50.solverstate' },
    { type: 'final', iteration: 50, loss: 0.0503847674, smoothedLoss: 0.0503847674 },
    { type: 'done', iteration: 50, dataWait: 0.002 },
  ];
  const golden = goldenLines('no_test_init');
  const ours = events
    .flatMap(logLines)
    .map(({ source, text }) => `${source}] ${text}`.replace(/\(.* iters\)/, '(pace)'))
    .filter((line) => !line.startsWith('caffe.cpp'));
  for (const line of ours) expect(golden).toContain(line);
  expect(ours).toHaveLength(16);
});

test('multistep and step events', () => {
  expect(logLines({ type: 'step', iteration: 35, step: 2 })).toEqual([
    { severity: 'I', source: 'sgd_solver.cpp:50', text: 'MultiStep Status: Iteration 35, step = 2' },
  ]);
  expect(goldenLines('policy_multistep')).toContain('sgd_solver.cpp:50] MultiStep Status: Iteration 35, step = 2');
});
