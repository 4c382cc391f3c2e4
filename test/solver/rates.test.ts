/** Learning-rate policies against the rates that Caffe logged, and what is refused. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatError, type SiameseError } from '../../src/errors';
import type { SolverParameter } from '../../src/proto/messages';
import { parseText } from '../../src/proto/text';
import { checkPolicy, policyWarnings, rates, stepsOf } from '../../src/solver/rates';

const golden = path.join(__dirname, '..', 'golden', 'mini');
const solverOf = (text: string): SolverParameter => parseText('SolverParameter', text, 'solver.prototxt').message;
const goldenRun = (name: string) => ({
  solver: solverOf(readFileSync(path.join(golden, `${name}.prototxt`), 'utf8')),
  lr: Float32Array.from(JSON.parse(readFileSync(path.join(golden, `${name}.json`), 'utf8')).lr as number[]),
});

function failure(run: () => unknown): SiameseError {
  try {
    run();
  } catch (error) {
    return error as SiameseError;
  }
  throw new Error('this was accepted');
}

describe('rates equal those of Caffe to the bit', () => {
  test.each([
    'policy_fixed',
    'policy_step',
    'policy_exp',
    'policy_inv',
    'policy_multistep',
    'policy_poly',
    'type_sgd',
    'type_adam',
  ])('%s', (name) => {
    const { solver, lr } = goldenRun(name);
    expect(rates(solver, 0, lr.length)).toEqual(lr);
    // In pieces, as the training loop asks for them.
    const pieces = [...rates(solver, 0, 7), ...rates(solver, 7, 30), ...rates(solver, 37, lr.length - 37)];
    expect(Float32Array.from(pieces)).toEqual(lr);
  });

  test('sigmoid, hand-worked: half of base_lr at stepsize, rising with gamma > 0', () => {
    const solver = solverOf('base_lr: 0.5 lr_policy: "sigmoid" gamma: 1 stepsize: 10');
    const [before, middle, after] = [9, 10, 11].map((i) => rates(solver, i, 1)[0]!);
    expect(middle).toBe(0.25);
    // 0.5 / (1 + e) and 0.5 / (1 + 1/e); one float32 rounding per operation is at most 4 ulp here.
    expect(Math.abs(before! - 0.5 / (1 + Math.E))).toBeLessThan(4 * 2 ** -27);
    expect(Math.abs(after! - 0.5 / (1 + 1 / Math.E))).toBeLessThan(4 * 2 ** -26);
  });
});

describe('multistep counts its steps as Caffe does', () => {
  const solver = solverOf(
    'base_lr: 1 lr_policy: "multistep" gamma: 0.5 stepvalue: 3 stepvalue: 3 stepvalue: 2 stepvalue: 20',
  );

  test('one step an iteration at most, in the order given', () => {
    expect([...stepsOf(solver, 0, 8)]).toEqual([0, 0, 0, 1, 2, 3, 3, 3]);
  });

  test('from any iteration the same', () => {
    const whole = [...stepsOf(solver, 0, 25)];
    for (let from = 0; from < 25; from++) expect([...stepsOf(solver, from, 25 - from)]).toEqual(whole.slice(from));
  });

  test("a solver state's current_step counts", () => {
    expect([...stepsOf(solver, 4, 3, 0)]).toEqual([1, 2, 3]);
  });
});

describe('what is refused', () => {
  test.each([
    ['lr_policy: "sigmoid"\nbase_lr: 1\ngamma: -0.1\nstepsize: 5', 3, /"sigmoid" needs gamma >= 0, not -0\.1/],
    ['base_lr: 1\nlr_policy: "inverse"', 2, /unknown learning rate policy "inverse"/],
    ['base_lr: 1\nlr_policy: "stepp"', 2, /did you mean "step"\?/],
    ['base_lr: 1\nlr_policy: "toString"', 2, /unknown learning rate policy "toString"/],
    ['base_lr: 1\nlr_policy: "step"\ngamma: 0.5\nstepsize: 0', 4, /needs stepsize > 0/],
    ['base_lr: 1\nlr_policy: "multistep"\ngamma: 0.5', 2, /has no stepvalue/],
  ])('%s', (text, line, message) => {
    const error = failure(() => checkPolicy(solverOf(text)));
    expect(error.code).toBe('input');
    expect(error.at?.line).toBe(line);
    expect(formatError(error)).toMatch(message);
  });

  test('a solver without a policy', () => {
    expect(failure(() => checkPolicy({ base_lr: 0.1 })).message).toMatch(/no lr_policy/);
  });
});

test('settings without effect are pointed out', () => {
  const warnings = policyWarnings(solverOf('lr_policy: "fixed"\ngamma: 0.1\nstepvalue: 4\npower: 2'));
  expect(warnings.map((w) => [w.at?.line, w.message])).toEqual([
    [2, 'gamma has no effect with lr_policy "fixed"'],
    [3, 'stepvalue has no effect with lr_policy "fixed"'],
    [4, 'power has no effect with lr_policy "fixed"'],
  ]);
});

describe('extensions', () => {
  const solver = solverOf('base_lr: 0.5 lr_policy: "cosine" max_iter: 8');
  test('cosine falls from base_lr to 0 over max_iter, half of it in the middle', () => {
    const lr = rates(solver, 0, 9);
    expect(lr[0]).toBe(0.5);
    expect(lr[4]).toBeCloseTo(0.25, 7);
    expect(lr[2]).toBeCloseTo((0.5 * (1 + Math.SQRT1_2)) / 2, 7);
    expect(lr[8]).toBe(0);
  });
  test('warmup_iter rises evenly to the policy, whichever it is, also in pieces', () => {
    const warm = solverOf('base_lr: 1 lr_policy: "fixed" max_iter: 8 warmup_iter: 4');
    expect([...rates(warm, 0, 6)]).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect([...rates(warm, 2, 2)]).toEqual([0.75, 1]);
  });
});
