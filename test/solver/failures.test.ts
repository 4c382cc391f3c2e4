/** What a solver survives: kill -9 at any moment, a file system without room, a loss that is no number. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { SiameseError } from '../../src/errors';
import { parseNet, readWeights } from '../../src/proto/files';
import type { SolverParameter } from '../../src/proto/messages';
import { readSnapshot } from '../../src/solver/snapshot';
import { closeAll, mini, start } from './mini';

const QUIET = { test_interval: 0, test_iter: [], display: 0 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-failures-'));
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});

/** Output lines of a child so far, and how it ended. */
function run(change: object, limit = ''): { child: ChildProcess; lines: string[]; ended: Promise<number | null> } {
  const words = [path.join(__dirname, 'child.js'), 'type_sgd', path.join(folder, 'run'), JSON.stringify(change)];
  const child = spawn('sh', ['-c', `${limit} exec "$0" "$@"`, process.execPath, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
  const ended = new Promise<number | null>((done) => {
    child.on('close', done);
  });
  return { child, lines, ended };
}

test('killed at any moment, every snapshot that has a solver state is whole', async () => {
  const { child, lines, ended } = run({ ...QUIET, snapshot: 1, max_iter: 100_000 });
  while (lines.length < 4 && child.exitCode === null) await new Promise((tick) => setTimeout(tick, 3));
  child.kill('SIGKILL');
  await ended;
  const states = readdirSync(folder).filter((name) => name.endsWith('.solverstate'));
  expect(states.length).toBeGreaterThanOrEqual(4);
  for (const name of states) {
    const { state, weights, resume } = readSnapshot(path.join(folder, name));
    expect(name).toBe(`run_iter_${state.iter}.solverstate`);
    expect(resume).toMatchObject({ seed: 1701 });
    expect(readWeights(weights).layers.length).toBeGreaterThan(10);
  }
  // And the newest can be gone on from.
  const newest = Math.max(...states.map((name) => Number(/_(\d+)\./.exec(name)![1])));
  const snapshot = path.join(folder, `run_iter_${newest}.solverstate`);
  const { solver } = await start('type_sgd', { ...QUIET, max_iter: newest + 2 }, { snapshot });
  await solver.train();
  expect(solver.iter).toBe(newest + 2);
});

test('no room for a snapshot: an io error, the one before is whole, nothing half-written stays', async () => {
  // 40 blocks of 512 bytes are less than the 37 KB of weights.
  const first = run({ ...QUIET, snapshot: 2, max_iter: 2 });
  expect(await first.ended).toBe(0);
  const before = readdirSync(folder).sort();
  expect(before).toHaveLength(3);
  const second = run({ ...QUIET, snapshot: 4, max_iter: 8 }, "trap '' XFSZ; ulimit -f 40;");
  expect(await second.ended).toBe(7);
  expect(second.lines).toEqual([expect.stringMatching(/^failed io at 4: cannot write .*run_iter_4\.caffemodel: /)]);
  expect(readdirSync(folder).sort()).toEqual(before);
  expect(readSnapshot(path.join(folder, 'run_iter_2.solverstate')).resume).toBeDefined();
});

test('after a failed snapshot the training is still there', async () => {
  const { solver, folder: own } = await start('type_sgd', { ...QUIET, max_iter: 6 });
  renameSync(own, `${own}-away`);
  try {
    await expect(solver.train()).rejects.toMatchObject({ code: 'io' });
    expect(solver.iter).toBe(6);
  } finally {
    renameSync(`${own}-away`, own);
  }
  const { caffemodel } = await solver.snapshot();
  const whole = await start('type_sgd', { ...QUIET, max_iter: 6 });
  await whole.solver.train();
  expect(readWeights(caffemodel)).toEqual(readWeights(path.join(whole.folder, 'type_sgd_iter_6.caffemodel')));
});

test('a loss that is no number: an error, with the weights from before it on the disk', async () => {
  const { solver, folder: own } = await start('type_sgd', { ...QUIET, base_lr: 1e9, snapshot: 1000 });
  const error = (await solver.train().then(
    () => undefined,
    (caught) => caught,
  )) as SiameseError;
  expect(error.code).toBe('diverged');
  expect(error.message).toMatch(
    /^loss is (nan|inf) at iteration \d+; the weights of iteration \d+, before it, are in /,
  );
  expect(error.help).toMatch(/lower base_lr \(now 1e\+09\) or set clip_gradients/);
  const kept = /are in (.*\.caffemodel)$/.exec(error.message)![1]!;
  expect(path.dirname(kept)).toBe(own);
  const values = readWeights(kept).layers.flatMap(({ blobs }) => blobs.flatMap(({ data }) => [...data]));
  expect(values.every(Number.isFinite)).toBe(true);
  // The solver stands there too, and a smaller rate could go on.
  expect(kept).toBe(path.join(own, `type_sgd_iter_${solver.iter}.caffemodel`));
});

/** sqrt(w x) at each iteration of 2 x 2 records: the 14th record is 0, where the loss is a number and its gradient is none. */
async function startRoots(change: Partial<SolverParameter>) {
  const text = `name: "roots"
layer { name: "data" type: "MemoryData" top: "x" top: "label" memory_data_param { batch_size: 2 channels: 1 height: 1 width: 1 } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" param { name: "w" }
  inner_product_param { num_output: 1 bias_term: false weight_filler { type: "constant" value: 1 } } }
layer { name: "root" type: "Power" bottom: "ip" top: "root" power_param { power: 0.5 } }
layer { name: "loss" type: "EuclideanLoss" bottom: "root" bottom: "label" top: "loss" }`;
  const net = { net: undefined, net_param: parseNet(text, 'roots.prototxt').message };
  const run = await start('type_sgd', { ...QUIET, ...net, base_lr: 0.01, ...change }, { weights: [] });
  const floats = Float32Array.from({ length: 20 }, (_, i) => (i === 13 ? 0 : 1 + (i % 5)));
  const labels = new Float32Array(20).fill(3);
  run.solver.setMemoryData('data', { floats, labels, count: 20, channels: 1, height: 1, width: 1 });
  const error = (await run.solver.train().then(
    () => undefined,
    (caught) => caught,
  )) as SiameseError;
  const weight = () => {
    const values = new Float32Array(run.solver.trainNet.plan.sizes.param);
    run.solver.trainNet.engine.readArena('param', values);
    return values[0]!;
  };
  return { ...run, error, weight };
}

describe.each([
  ['without', {}],
  ['with', { clip_gradients: 0.1 }],
])('a gradient that is no number, in the second pass of an iteration, %s clip_gradients', (_, clip) => {
  const change = { ...clip, iter_size: 2, max_iter: 5 };

  test('the weights of the last snapshot before it are told; those from memory are not written where they are older', async () => {
    const { error, folder: own } = await startRoots({ ...change, snapshot: 1 });
    expect(error).toMatchObject({ code: 'diverged' });
    // Weights after 3 iterations gave it: those after 2 are the last that are known to be good.
    const kept = path.join(own, 'type_sgd_iter_2.caffemodel');
    expect(error.message).toMatch(/^the gradient of parameter w is (-?nan|inf) at iteration 3; /);
    expect(error.message).toContain(`the weights of iteration 2, before it, are in ${kept}`);
    expect(readdirSync(own).filter((name) => name.endsWith('.caffemodel'))).toHaveLength(3);
  });

  test('without snapshots the weights from memory are written, and the solver stands there', async () => {
    const { solver, error, folder: own, weight } = await startRoots(change);
    const kept = path.join(own, `type_sgd_iter_${solver.iter}.caffemodel`);
    expect(error.message).toContain(`the weights of iteration ${solver.iter}, before it, are in ${kept}`);
    const [ip] = readWeights(kept).layers.filter(({ name }) => name === 'ip');
    expect(ip!.blobs[0]!.data[0]).toBe(weight());
    expect(Number.isFinite(weight())).toBe(true);
  });

  test('what was updated before it is as in a run that ends there', async () => {
    const bad = await startRoots({ ...change, snapshot: 1 });
    const good = await startRoots({ ...change, max_iter: 3 });
    expect(good.error).toBeUndefined();
    const { layers } = readWeights(path.join(bad.folder, 'type_sgd_iter_3.caffemodel'));
    expect(layers.find(({ name }) => name === 'ip')!.blobs[0]!.data[0]).toBe(good.weight());
  });
});

test('a folder that cannot be written to is an error before the first iteration', async () => {
  const prefix = path.join(mini('type_sgd.prototxt'), 'run');
  await expect(start('type_sgd', { snapshot_prefix: prefix })).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining(`cannot write to snapshot prefix '${prefix}'`),
  });
});

test('what cannot be resumed from says why', async () => {
  await expect(start('type_sgd', {}, { snapshot: mini('type_adam_iter_100.solverstate') })).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('has 16, solver type SGD with this net keeps 8'),
  });
  await expect(start('type_sgd', {}, { snapshot: mini('type_sgd_iter_100.caffemodel') })).rejects.toMatchObject({
    code: 'input',
    help: expect.stringContaining('resume from'),
  });
  await expect(start('type_sgd', {}, { snapshot: path.join(folder, 'none.solverstate') })).rejects.toMatchObject({
    code: 'input',
  });
});
