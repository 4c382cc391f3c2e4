/** A resumed run equals the run that never stopped: losses, tests, pairs, and all files to the byte. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readWeights } from '../../src/proto/files';
import type { SolverParameter } from '../../src/proto/messages';
import type { SolverEvent } from '../../src/solver/events';
import { closeAll, golden, mini, type Run, relative, start } from './mini';
import { pairNet, writeIdx } from './pairs';

afterEach(closeAll);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

const seen = (events: readonly SolverEvent[], from: number) =>
  events.flatMap((event) => {
    if (event.type === 'display' && event.iteration >= from) {
      const { iteration, loss, smoothedLoss, outputs, lr, statistics } = event;
      return [{ iteration, loss, smoothedLoss, outputs, lr, statistics }];
    }
    return event.type === 'test' && event.iteration >= from ? [event] : [];
  });

/** All snapshot files of a folder by name. */
function filesOf(folder: string): Map<string, string> {
  const names = readdirSync(folder).filter((name) => name.includes('_iter_'));
  return new Map(names.sort().map((name) => [name, readFileSync(path.join(folder, name)).toString('base64')]));
}

/** Runs on from `state` in the same folder, after its later snapshots were removed, and compares with what they were. */
async function compareResumed(whole: Run, iteration: number, resume: () => Promise<Run>): Promise<void> {
  const expected = filesOf(whole.folder);
  const state = [...expected.keys()].find((name) => name.includes(`_iter_${iteration}.solverstate`))!;
  for (const name of expected.keys()) {
    if (!name.includes(`_iter_${iteration}.`)) rmSync(path.join(whole.folder, name));
  }
  expect(state).toBeDefined();
  const resumed = await resume();
  expect(resumed.solver.iter).toBe(iteration);
  expect(resumed.events.find(({ type }) => type === 'resuming')).toMatchObject({ data: 'continues' });
  await resumed.solver.train();
  expect(seen(resumed.events, iteration)).toEqual(seen(whole.events, iteration));
  const after = filesOf(whole.folder);
  for (const [name, content] of after) expect([name, content === expected.get(name)]).toEqual([name, true]);
  expect(after.size).toBeGreaterThanOrEqual(6);
}

describe.each([
  ['SGD', { type: 'SGD', momentum: 0.9 }],
  ['Adam', { type: 'Adam', momentum: 0.9, base_lr: 0.001 }],
  ['Adam, snapshots in HDF5', { type: 'Adam', momentum: 0.9, base_lr: 0.001, snapshot_format: 'HDF5' }],
  ['AdamW, cosine', { type: 'AdamW', momentum: 0.9, base_lr: 0.001, lr_policy: 'cosine', warmup_iter: 5 }],
  ['AdaDelta', { type: 'AdaDelta', momentum: 0.95, base_lr: 1 }],
] as [string, Partial<SolverParameter>][])('%s', (_, rule) => {
  test('from a snapshot in the middle', async () => {
    const end = rule.snapshot_format === 'HDF5' ? '.h5' : '';
    const change = { ...rule, max_iter: 40, snapshot: 15, test_interval: 10, average_loss: 4 };
    const whole = await start('policy_multistep', change);
    await whole.solver.train();
    const prefix = path.join(whole.folder, 'policy_multistep');
    await compareResumed(whole, 30, () =>
      start(
        'policy_multistep',
        { ...change, snapshot_prefix: prefix },
        { snapshot: `${prefix}_iter_30.solverstate${end}` },
      ),
    );
  });
});

describe('random pairs, crops, mirror and dropout', () => {
  const settings = {
    base_lr: 0.05,
    lr_policy: 'fixed',
    gamma: undefined,
    power: undefined,
    display: 1,
    max_iter: 40,
    test_iter: [3],
    test_interval: 10,
    random_seed: 7,
    net: undefined,
  };

  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-pairs-'));
    writeIdx(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const pairs = (snapshot?: string, display = 1): Promise<Run> =>
    start(
      'type_sgd',
      {
        ...settings,
        net_param: pairNet(path.join(folder, 'made')),
        snapshot_prefix: path.join(folder, 'run'),
        display,
      },
      { weights: [], displayStatistics: true, ...(snapshot !== undefined && { snapshot }) },
    );

  test('stopped anywhere, then the rest', async () => {
    const whole = await pairs();
    await whole.solver.train();
    const end = filesOf(folder);
    expect(end.size).toBe(3);

    const first = await pairs(undefined, 0);
    const training = first.solver.train();
    await until(() => first.solver.iter >= 13);
    first.solver.stop();
    await training;
    const stopped = first.solver.iter;
    expect(stopped).toBeLessThan(40);
    const resumed = await pairs(path.join(folder, `run_iter_${stopped}.solverstate`));
    await resumed.solver.train();
    expect(seen(resumed.events, stopped)).toEqual(seen(whole.events, stopped));
    expect(resumed.solver.statistics()).toEqual(whole.solver.statistics());
    const again = filesOf(folder);
    for (const [name, content] of end) expect([name, again.get(name) === content]).toEqual([name, true]);
  });
});

test('stopped within a test: the resumed run begins that test anew', async () => {
  const change = { test_interval: 10, max_iter: 20, display: 1 };
  const whole = await start('type_sgd', change);
  await whole.solver.train();
  const stopped = await start('type_sgd', { ...change, test_iter: [100_000] });
  const training = stopped.solver.train();
  await until(() => stopped.events.some((event) => event.type === 'testing'));
  stopped.solver.stop();
  await training;
  expect(stopped.events.map(({ type }) => type)).toContain('test-interrupted');
  const state = path.join(stopped.folder, 'type_sgd_iter_0.solverstate');
  const resumed = await start('type_sgd', change, { snapshot: state });
  await resumed.solver.train();
  expect(seen(resumed.events, 0)).toEqual(seen(whole.events, 0));
});

test('a snapshot asked for in the middle of a chunk is exact, and training goes on', async () => {
  const change = { display: 0, test_interval: 0, test_iter: [], max_iter: 200 };
  const whole = await start('type_sgd', change);
  await whole.solver.train();
  const asked = await start('type_sgd', change);
  const training = asked.solver.train();
  await until(() => asked.solver.iter >= 1);
  asked.solver.requestSnapshot();
  await training;
  const snapshots = asked.events.filter((event) => event.type === 'snapshot').map(({ files }) => files);
  expect(snapshots).toHaveLength(2);
  expect(snapshots[0]!.iteration).toBeLessThan(200);
  const resumed = await start('type_sgd', change, { snapshot: snapshots[0]!.solverstate });
  await resumed.solver.train();
  const weights = (run: Run) =>
    readWeights(path.join(run.folder, 'type_sgd_iter_200.caffemodel')).layers.map(({ blobs }) => blobs);
  expect(weights(asked)).toEqual(weights(whole));
  expect(weights(resumed)).toEqual(weights(whole));
});

test("Caffe's own state: weights, history and iteration go on, the data begin at record 0", async () => {
  const { solver, events, displays } = await start(
    'type_sgd',
    { max_iter: 102, test_interval: 0, test_iter: [] },
    { snapshot: mini('type_sgd_iter_100.solverstate') },
  );
  expect(solver.iter).toBe(100);
  expect(events.find(({ type }) => type === 'resuming')).toMatchObject({ data: 'restarts', iteration: 100 });
  await solver.train();
  expect(displays().map(({ iteration }) => iteration)).toEqual([100, 101]);
  // The extra forward pass of Caffe's run has the same weights, but the batch after: only the size is the same.
  expect(relative(displays()[0]!.loss, golden('type_sgd').final_forward_loss!)).toBeLessThan(3);
  expect(displays()[0]!.lr).toBe(Math.fround(0.01 * Math.fround((1 + 1e-4 * 100) ** -0.75)));
});

test('a solver goes on by itself: train(20), then the rest', async () => {
  const whole = await start('type_sgd', { max_iter: 40 });
  await whole.solver.train();
  const parts = await start('type_sgd', { max_iter: 40 });
  await parts.solver.train(20);
  await parts.solver.train();
  expect(seen(parts.events, 0)).toEqual(seen(whole.events, 0));
});
