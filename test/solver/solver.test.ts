/** The solver's smaller promises: first weights, gradients and norms beside Caffe's, clipping, diffs, hooks, weights. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readWeights } from '../../src/proto/files';
import type { SnapshotContext, SolverEvent } from '../../src/solver/events';
import { takeParam } from '../../src/solver/param-arena';
import { closeAll, golden, mini, type Run, relative, start } from './mini';

afterEach(closeAll);

const QUIET = { test_interval: 0, test_iter: [], display: 1 };
const ofType = <T extends SolverEvent['type']>({ events }: Run, type: T) =>
  events.filter((event): event is Extract<SolverEvent, { type: T }> => event.type === type);

/** Parameters of an arena in Caffe's order. */
function arena({ solver }: Run, name: 'param' | 'gradient'): Float32Array[] {
  const { plan, engine } = solver.trainNet;
  const floats = new Float32Array(plan.sizes.param);
  engine.readArena(name, floats);
  return plan.params.map((_, id) => Float32Array.from(takeParam(plan, id, floats)));
}

/** Gradients of the next batch, which stays the next one. */
async function gradients(run: Run): Promise<Float32Array[]> {
  const { engine, supply } = run.solver.trainNet;
  const prepared = await supply.prepare(1);
  await engine.run({ mode: 'forward-backward', count: 1, feeds: prepared.chunks });
  supply.rewind(prepared, 0);
  return arena(run, 'gradient');
}

const norm = (values: Float32Array) => Math.hypot(...values);

test('max_iter 0 writes the first weights: byte for byte the file that Caffe wrote', async () => {
  const { solver, folder } = await start('init_solver', {}, { weights: [] });
  await solver.train();
  expect(solver.iter).toBe(0);
  const ours = readFileSync(path.join(folder, 'init_solver_iter_0.caffemodel'));
  expect(Buffer.compare(ours, readFileSync(mini('init.caffemodel')))).toBe(0);
});

test("norms of gradients and weights are Caffe's, parameter by parameter", async () => {
  const expected = golden('type_sgd');
  const run = await start('type_sgd', QUIET);
  for (let i = 0; i < 10; i++) {
    const found = (await gradients(run)).map(norm);
    await run.solver.train(i + 1);
    const weights = arena(run, 'param').map(norm);
    // Sums of 32 x 2 images in another order: 6e-6 was the largest, of a bias. The last bias has no gradient at all: what one
    // tower gives the other takes.
    found.forEach((value, p) => {
      const there = expected.grad_l2_before_clip_and_decay[i]![p]!;
      expect(Math.abs(value - there)).toBeLessThanOrEqual(1e-5 * there);
    });
    weights.forEach((value, p) => {
      const there = expected.param_l2_after_update[i]![p]!;
      expect(Math.abs(value - there)).toBeLessThanOrEqual(1e-5 * there);
    });
  }
});

test('clip_gradients scales all gradients by one factor; without momentum the step has just that length', async () => {
  const limit = 0.05;
  const run = await start('type_sgd', {
    ...QUIET,
    momentum: 0,
    weight_decay: 0,
    lr_policy: 'fixed',
    clip_gradients: limit,
  });
  const before = arena(run, 'param');
  const found = await gradients(run);
  await run.solver.train(1);
  const after = arena(run, 'param');
  const scale = limit / Math.hypot(...found.map(norm));
  expect(scale).toBeLessThan(1);
  after.forEach((values, p) => {
    const rate = 0.01 * run.solver.trainNet.plan.params[p]!.lr_mult;
    const wanted = before[p]!.map((value, k) => value - rate * scale * found[p]![k]!);
    // A difference of weights of about 0.1 is known to half an ulp of them: 4e-9.
    values.forEach((value, k) => {
      expect(Math.abs(value - wanted[k]!)).toBeLessThan(2e-8);
    });
  });
});

test('snapshot_diff adds the last update values', async () => {
  const run = await start('type_sgd', { ...QUIET, max_iter: 3, snapshot_diff: true });
  await run.solver.train(2);
  const before = arena(run, 'param');
  await run.solver.train();
  const { layers } = readWeights(path.join(run.folder, 'type_sgd_iter_3.caffemodel'));
  const conv1 = layers.find(({ name }) => name === 'conv1')!.blobs[0]!;
  expect(conv1.diff).toHaveLength(150);
  conv1.diff!.forEach((value, k) => {
    expect(Math.abs(before[0]![k]! - value - conv1.data[k]!)).toBeLessThan(1e-7);
  });
});

test('the hook gets the weights of the snapshot and the training records; its files are listed', async () => {
  const contexts: SnapshotContext[] = [];
  const afterSnapshot = async (context: SnapshotContext) => {
    contexts.push(context);
    const file = context.files.caffemodel.replace(/caffemodel$/, 'centroids');
    writeFileSync(file, '');
    return [file];
  };
  const run = await start('type_sgd', { ...QUIET, max_iter: 4, snapshot: 2 }, { afterSnapshot });
  await run.solver.train();
  const files = ofType(run, 'snapshot').map((event) => event.files);
  expect(files.map(({ iteration }) => iteration)).toEqual([2, 4]);
  expect(files[1]!.extra).toEqual([path.join(run.folder, 'type_sgd_iter_4.centroids')]);
  expect(contexts[1]!.weights.layers.map(({ name, blobs }) => [name, blobs])).toEqual(
    readWeights(files[1]!.caffemodel).layers.map(({ name, blobs }) => [name, blobs]),
  );
  expect([...contexts[1]!.sources].map(([name, { source }]) => [name, source.info.count])).toEqual([
    ['pair_data', 500],
  ]);
  expect(contexts[1]!.param.layer!.filter(({ name }) => name === 'pair_data')).toHaveLength(2);
});

test('weights of a list, one file after the other, in the training and test nets; ignored layers are told', async () => {
  const weights = [`${mini('init.caffemodel')}, ${mini('type_sgd_iter_100.caffemodel')}`];
  const run = await start('type_sgd', { net: 'onebatch.prototxt' }, { weights });
  expect(ofType(run, 'weights').map(({ file, ignored }) => [path.basename(file), ignored])).toEqual([
    ['init.caffemodel', []],
    ['type_sgd_iter_100.caffemodel', []],
    ['init.caffemodel', []],
    ['type_sgd_iter_100.caffemodel', []],
  ]);
  const trained = readWeights(mini('type_sgd_iter_100.caffemodel')).layers.find(({ name }) => name === 'conv1')!;
  expect(arena(run, 'param')[0]).toEqual(Float32Array.from(trained.blobs[0]!.data));
  // The same weights as at the end of the golden run: the same test result.
  const [result] = (await run.solver.test())!;
  expect(relative(result!.outputs[0]!.value, golden('type_sgd').tests.at(-1)!.result.outputs[0]!.value)).toBeLessThan(
    2,
  );
});

test('progress tells iterations, pace and time to go', async () => {
  const run = await start('type_sgd', { ...QUIET, max_iter: 6 });
  await run.solver.train();
  const progress = ofType(run, 'progress');
  expect(progress.at(-1)).toMatchObject({ iteration: 6, maxIter: 6, eta: 0 });
  for (const { iterationsPerSecond, loss } of progress) {
    expect(iterationsPerSecond).toBeGreaterThan(0);
    expect(loss).toBeGreaterThan(0);
  }
  const [, second] = run.displays();
  expect(second!.dataWait).toBeGreaterThanOrEqual(0);
  expect(second!.dataWait).toBeLessThanOrEqual(1);
});

test('without random_seed the seed comes from the clock and is told, so that the run can be repeated', async () => {
  const first = await start('type_sgd', { ...QUIET, max_iter: 2, random_seed: -1 }, { weights: [] });
  await first.solver.train();
  const [{ seed }] = ofType(first, 'seed') as [{ seed: number }];
  expect(seed).toBe(first.solver.seed);
  const again = await start('type_sgd', { ...QUIET, max_iter: 2, random_seed: seed }, { weights: [] });
  await again.solver.train();
  expect(again.displays().map(({ loss }) => loss)).toEqual(first.displays().map(({ loss }) => loss));
});
