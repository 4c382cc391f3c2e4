/** The update rules against float64: every gradient is known, since a linear net's is its records. */
import { Engine } from '../../src/engine/engine';
import type { PlanSolver } from '../../src/plan/plan';
import { linearPlan, PlanMaker, SGD } from './plans';
import { step, type Weight } from './solver-rules';

const WIDTH = 37; // no multiple of any vector
const ITERATIONS = 12;

const VARIANTS: [string, Partial<PlanSolver>][] = [
  ['SGD', { type: 'SGD' }],
  ['SGD, momentum', { type: 'SGD', momentum: 0.9 }],
  ['SGD, L2', { type: 'SGD', momentum: 0.9, weight_decay: 0.05 }],
  ['SGD, L1', { type: 'SGD', weight_decay: 0.05, regularization_type: 'L1' }],
  ['SGD, clipped', { type: 'SGD', momentum: 0.5, clip_gradients: 3, weight_decay: 0.01 }],
  ['SGD, iter_size 3, clipped', { type: 'SGD', iter_size: 3, clip_gradients: 5, weight_decay: 0.01 }],
  ['Nesterov', { type: 'Nesterov', momentum: 0.95, weight_decay: 0.001 }],
  ['AdaGrad', { type: 'AdaGrad', delta: 1e-6 }],
  ['RMSProp', { type: 'RMSProp', rms_decay: 0.98, delta: 1e-6 }],
  ['AdaDelta', { type: 'AdaDelta', momentum: 0.95, delta: 1e-6, weight_decay: 0.001 }],
  ['Adam', { type: 'Adam', momentum: 0.9, delta: 1e-8 }],
  ['AdamW', { type: 'AdamW', momentum: 0.9, weight_decay: 0.3 }],
  ['AdamW, L1, clipped', { type: 'AdamW', weight_decay: 0.3, regularization_type: 'L1', clip_gradients: 3 }],
  ['Adam, iter_size 2', { type: 'Adam', momentum: 0.9, iter_size: 2, weight_decay: 0.01 }],
];

describe.each([1, 2])('on %i threads', (threads) => {
  test.each(VARIANTS)('%s', async (_, variant) => {
    const solver = { ...SGD, ...variant };
    using engine = new Engine(linearPlan(WIDTH, 1, solver, { lr_mult: 2, decay_mult: 0.5 }), { threads });
    const floats = Float32Array.from({ length: 5 * WIDTH }, (_, i) => Math.fround(Math.sin(i * 7) * (1 + (i % 3))));
    engine.setRecords(0, { floats, labels: new Float32Array(5), count: 5, channels: 1, height: 1, width: WIDTH });
    const initial = Float32Array.from({ length: WIDTH }, (_, i) => Math.cos(i));
    engine.writeParam(0, initial);

    const order = Int32Array.from({ length: ITERATIONS * solver.iter_size }, (_, i) => (i * 3) % 5);
    const rates = Float32Array.from({ length: ITERATIONS }, (_, i) => 0.1 / (1 + i));
    const chunk = (from: number, to: number) => ({
      count: to - from,
      mode: 'train' as const,
      firstIteration: from,
      rates: rates.slice(from, to),
      feeds: [{ order: order.slice(from * solver.iter_size, to * solver.iter_size) }],
    });
    await engine.run(chunk(0, 5)); // in two runs: nothing may get lost between them
    await engine.run(chunk(5, ITERATIONS));

    const weights = [...initial].map((w): Weight => ({ w, history: [0, 0], lr_mult: 2, decay_mult: 0.5 }));
    const before = weights.map(({ w }) => w);
    for (let i = 0; i < ITERATIONS; i++) {
      const passes = order.slice(i * solver.iter_size, (i + 1) * solver.iter_size);
      const gradients = weights.map((_, k) => passes.reduce((sum, record) => sum + floats[record * WIDTH + k]!, 0));
      weights.forEach(({ w }, k) => {
        before[k] = w;
      });
      step(solver, weights, gradients, rates[i]!, i);
    }
    // Float32 rounds 12 updates of size up to 1: 1e-6 of the largest weight covers it (seen: 4e-7).
    expectNear(
      engine.readParam(0),
      weights.map(({ w }) => w),
      1e-6,
    );
    expectNear(
      engine.readParam(0, 'history0'),
      weights.map(({ history }) => history[0]),
      1e-6,
    );
    if (/^(AdaDelta|AdamW?)$/.test(solver.type)) {
      expectNear(
        engine.readParam(0, 'history1'),
        weights.map(({ history }) => history[1]),
        1e-6,
      );
    }
    // After a train run diff holds the value that was subtracted, as in Caffe's snapshots with diffs.
    expectNear(
      engine.readParam(0, 'diff'),
      weights.map(({ w }, k) => before[k]! - w),
      1e-5,
    );
  });
});

test('a frozen parameter keeps its place, and state that is not learnable is left alone', async () => {
  const maker = new PlanMaker();
  maker.param('frozen', [3], { lr_mult: 0 });
  maker.param('state', [2], { learnable: false });
  maker.param('w', [4]);
  maker.plan.solver = { ...SGD, weight_decay: 0.5 };
  using engine = new Engine(maker.plan);
  for (let i = 0; i < 3; i++) engine.writeParam(i, new Float32Array(engine.readParam(i).length).fill(2));
  await engine.run({ count: 1, mode: 'train', feeds: [], rates: Float32Array.of(0.5) });
  expect([...engine.readParam(0)]).toEqual([2, 2, 2]);
  expect([...engine.readParam(1)]).toEqual([2, 2]);
  expect([...engine.readParam(2)]).toEqual([1.5, 1.5, 1.5, 1.5]);
});

test('the thread count changes no bit of an update of many parameters', async () => {
  const arenas = await Promise.all([1, 2, 3].map(trainedArena));
  expect(arenas[1]).toEqual(arenas[0]);
  expect(arenas[2]).toEqual(arenas[0]);
  expect(arenas[0]!.some((w) => w !== 0)).toBe(true);
});

async function trainedArena(threads: number): Promise<Float32Array> {
  const maker = new PlanMaker();
  for (const [i, count] of [50001, 13, 70000].entries()) maker.param(`p${i}`, [count], { lr_mult: i + 1 });
  maker.plan.solver = { ...SGD, type: 'Adam', momentum: 0.9, weight_decay: 0.1, clip_gradients: 0.01 };
  using engine = new Engine(maker.plan, { threads });
  const arena = Float32Array.from({ length: maker.plan.sizes.param }, (_, i) => Math.sin(i));
  engine.writeArena('param', arena);
  await engine.run({ count: 3, mode: 'train', feeds: [], rates: Float32Array.of(0.1, 0.1, 0.1) });
  engine.readArena('param', arena);
  return arena;
}

/** Within `tolerance` of the largest value. */
function expectNear(actual: Float32Array, expected: number[], tolerance: number): void {
  const scale = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
  expect(actual).toHaveLength(expected.length);
  expect(worst).toBeLessThanOrEqual(tolerance * scale);
}
