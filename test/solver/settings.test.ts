/** Which nets a solver means, its update rule and prefix, and the settings that are refused, with their place. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formatError, SiameseError } from '../../src/errors';
import { parseSolver } from '../../src/proto/files';
import { weightFiles } from '../../src/solver/set-up';
import { checkSolver, planSolver, snapshotPrefix, solverNets, solverType } from '../../src/solver/settings';
import { MINI, mini } from './mini';

const POLICY = 'lr_policy: "fixed" base_lr: 0.1';
const solverOf = (text: string) => parseSolver(text, 'solver.prototxt').message;

function failure(run: () => unknown): SiameseError {
  try {
    run();
  } catch (error) {
    if (error instanceof SiameseError) return error;
    throw error;
  }
  throw new Error('this was accepted');
}

describe('settings that are refused', () => {
  test.each([
    [`${POLICY}\ntype: "AdaGrad"\nmomentum: 0.9`, 3, /momentum cannot be used with AdaGrad/],
    [`${POLICY}\ntype: "RMSProp"\nmomentum: 0.9`, 3, /momentum cannot be used with RMSProp/],
    [`${POLICY}\ntype: "RMSProp"\nrms_decay: 1`, 3, /rms_decay must be in \[0, 1\)/],
    [`${POLICY}\ntype: "Nestrov"`, 2, /solver type 'Nestrov'.*did you mean 'Nesterov'\?/s],
    [`${POLICY}\nregularization_type: "L3"`, 2, /unknown regularization type "L3"/],
    [`${POLICY}\niter_size: 0`, 2, /iter_size must be at least 1/],
    [`${POLICY}\naverage_loss: 0`, 2, /average_loss must be at least 1/],
    [`${POLICY}\ndisplay: -1`, 2, /display is negative/],
  ])('%s', (text, line, message) => {
    const error = failure(() => checkSolver(solverOf(text)));
    expect(error.code).toBe('input');
    expect(error.at?.line).toBe(line);
    expect(formatError(error)).toMatch(message);
  });

  test('solver_type and type together', () => {
    const text = `${POLICY}\nsolver_type: ADAM\ntype: "Adam"`;
    expect(formatError(failure(() => checkSolver(solverOf(text))))).toMatch(/solver_type.*type/s);
  });
});

test('an unknown type in a solver made by a program', () => {
  expect(() => solverType({ type: 'Nestrov' })).toThrow(
    expect.objectContaining({ message: 'unknown solver type "Nestrov"', help: 'did you mean "Nesterov"?' }),
  );
});

test("the update rule: Caffe's names, its old enum, any case", () => {
  expect(solverType({})).toBe('SGD');
  expect(solverType({ type: 'Adam' })).toBe('Adam');
  expect(solverType({ type: 'ADAM' })).toBe('Adam');
  expect(solverType(solverOf('solver_type: ADADELTA'))).toBe('AdaDelta');
  expect(planSolver(solverOf(`${POLICY} type: "Adam" momentum: 0.9`))).toEqual({
    type: 'Adam',
    momentum: Math.fround(0.9),
    momentum2: Math.fround(0.999),
    rms_decay: Math.fround(0.99),
    delta: Math.fround(1e-8),
    weight_decay: 0,
    regularization_type: 'L2',
    clip_gradients: -1,
    iter_size: 1,
  });
});

describe('the nets of a solver', () => {
  const inMini = (text: string) => solverNets(solverOf(text), mini('any.prototxt'));

  test('one net file for training and a test net per test_iter; found beside the solver file', () => {
    const nets = inMini('net: "train_test.prototxt" test_iter: 4 test_iter: 2 test_interval: 5');
    expect(nets.train).toMatchObject({ phase: 'TRAIN', level: 0, stages: [], from: 'net file: train_test.prototxt' });
    expect(nets.train.folder).toBe(MINI);
    expect(nets.tests.map(({ phase, from }) => [phase, from])).toEqual([
      ['TEST', 'net file: train_test.prototxt'],
      ['TEST', 'net file: train_test.prototxt'],
    ]);
  });

  test('test_net_param, then test_net, then the net; states merged', () => {
    const nets = inMini(`net: "train_test.prototxt" test_net: "onebatch.prototxt"
      test_net_param { name: "inline" state { level: 1 stage: "a" } }
      test_iter: 1 test_iter: 1 test_iter: 1 test_interval: 5
      train_state { level: 3 stage: "t" }
      test_state { stage: "b" } test_state { level: 2 } test_state { }`);
    expect(nets.train).toMatchObject({ level: 3, stages: ['t'] });
    expect(nets.tests.map(({ param, from, level, stages }) => [param.name, from, level, stages])).toEqual([
      ['inline', 'test_net_param', 1, ['a', 'b']],
      ['mini_siamese', 'test_net file: onebatch.prototxt', 2, []],
      ['mini_siamese', 'net file: train_test.prototxt', 0, []],
    ]);
  });

  test.each([
    ['test_iter: 1', /names no net/],
    ['net: "train_test.prototxt"\ntrain_net: "onebatch.prototxt"', /more than one net/],
    ['net: "train_test.prototxt"\ntest_iter: 4', /no test_interval/],
    ['train_net: "onebatch.prototxt"\ntest_iter: 4 test_interval: 1', /once for each test net: 1 given, 0 test nets/],
    ['net: "train_test.prototxt"\ntest_iter: 4 test_interval: 1\ntest_state {} test_state {}', /test_state must be/],
    ['net: "train_tets.prototxt"', /cannot open net file train_tets\.prototxt/],
  ])('%s is refused', (text, message) => {
    const error = failure(() => inMini(text));
    expect(error.code).toBe('input');
    expect(error.message).toMatch(message);
    expect(error.at?.file).toBe('solver.prototxt');
  });
});

describe('snapshot_prefix', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-prefix-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('as given; a folder takes the solver file as its name; without one the solver file itself', () => {
    mkdirSync(path.join(folder, 'out'));
    writeFileSync(path.join(folder, 'plain'), '');
    expect(snapshotPrefix({ snapshot_prefix: 'a/b' }, 'x/solver.prototxt')).toBe('a/b');
    expect(snapshotPrefix({ snapshot_prefix: path.join(folder, 'out') }, 'x/s.prototxt')).toBe(
      path.join(folder, 'out/s'),
    );
    expect(snapshotPrefix({ snapshot_prefix: 'new/' }, 'x/s.prototxt')).toBe('new/s');
    expect(snapshotPrefix({}, 'x.y/s.prototxt')).toBe('x.y/s');
    expect(snapshotPrefix({})).toBe('siamese');
  });
});

test('lists of weights: repeated, comma-separated, with blanks', () => {
  expect(weightFiles(['a.caffemodel, b.caffemodel', 'c', ''])).toEqual(['a.caffemodel', 'b.caffemodel', 'c']);
});
