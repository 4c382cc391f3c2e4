/**
 * What the GPU engine does around the layers: recorded iterations, the ring of records, stops, errors. On its emulation, or
 * with the plugin that SIAMESE_EMULATED_PLUGIN names (test/cuda/gpu.test.ts: the one for this machine's GPU).
 */
import { spawnSync } from 'node:child_process';
import { Engine } from '../../src/engine/engine';
import {
  AFFINE_WARP,
  BENT_WARP,
  type Device,
  type FeedChunk,
  type RecordSet,
  type RunRequest,
} from '../../src/engine/native';
import { SiameseError } from '../../src/errors';
import { buildNet } from '../../src/net/net';
import { type CompileOptions, compile } from '../../src/plan/compile';
import { parseText } from '../../src/proto/text';
import { SGD } from '../engine/plans';
import { closeAll, golden, relative, start } from '../solver/mini';
import { emulatedPlugin, ROOT } from './emulation';

const GPU: Device = { type: 'cuda' };
const CPU: Device = { type: 'cpu' };

beforeAll(() => {
  process.env.SIAMESE_CUDA_PLUGIN = emulatedPlugin();
}, 600_000);
afterEach(closeAll);

const WIDTH = 6;
const BATCH = 4;

/** Records through a layer to a loss: a Data layer, an inner product, and what `more` adds. */
function net(more: string, phase: 'TRAIN' | 'TEST' = 'TRAIN') {
  const text = `
    layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: ${BATCH} } }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }
    ${more}`;
  const { message } = parseText('NetParameter', text, 'net.prototxt');
  return buildNet(message, { phase, recordShapes: () => [1, 1, WIDTH] });
}

const SOFTMAX = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }';

function records(count: number, label = (i: number) => i % 3): RecordSet {
  return {
    bytes: Uint8Array.from({ length: count * WIDTH }, (_, i) => (i * 37) % 11),
    labels: Float32Array.from({ length: count }, (_, i) => label(i)),
    count,
    channels: 1,
    height: 1,
    width: WIDTH,
  };
}

const ORDER = (iterations: number, count: number) =>
  Int32Array.from({ length: iterations * BATCH }, (_, i) => (i * 5 + 3) % count);

function open(device: Device, more = SOFTMAX, options: Partial<CompileOptions> = {}): Engine {
  const plan = compile(net(more), { train: true, solver: { ...SGD, momentum: 0.9 }, device: device.type, ...options });
  const engine = new Engine(plan, { threads: 1, seed: 5, device });
  for (const p of plan.params.keys()) {
    const size = engine.readParam(p).length;
    engine.writeParam(
      p,
      Float32Array.from({ length: size }, (_, i) => ((i * 7) % 5) / 50),
    );
  }
  return engine;
}

async function train(engine: Engine, count: number, chunk: FeedChunk, more: Partial<RunRequest> = {}) {
  const losses = new Float32Array(count);
  const outputs = new Float32Array(count);
  const rates = Float32Array.from({ length: count }, (_, i) => 0.05 / (1 + i));
  const { done } = await engine.run({ count, mode: 'train', feeds: [chunk], rates, losses, outputs, ...more });
  return { done, losses, outputs, weights: engine.readParam(0), updates: engine.readParam(0, 'diff') };
}

function expectAlike(actual: Float32Array, expected: Float32Array, tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...actual.map((v, i) => Math.abs(v - expected[i]!) / (1e-3 + Math.abs(expected[i]!))));
  expect(worst).toBeLessThan(tolerance);
}

describe('training', () => {
  const KINDS: [string, Partial<CompileOptions>][] = [
    ['SGD with momentum', {}],
    ['iter_size 2', { solver: { ...SGD, momentum: 0.5, iter_size: 2 } }],
    [
      'clipped gradients, L1',
      { solver: { ...SGD, clip_gradients: 0.1, weight_decay: 0.1, regularization_type: 'L1' } },
    ],
    ['Adam', { solver: { ...SGD, type: 'Adam', momentum: 0.9, delta: 1e-6 } }],
  ];
  test.each(KINDS)('%s: as on the CPU, the first iteration, recorded ones, and a second run', async (_, options) => {
    const runs = [];
    for (const device of [CPU, GPU]) {
      using engine = open(device, SOFTMAX, options);
      engine.setRecords(0, records(7));
      const passes = options.solver?.iter_size ?? 1;
      const first = await train(engine, 5, { order: ORDER(5 * passes, 7) });
      const second = await train(engine, 3, { order: ORDER(3 * passes, 7) }, { firstIteration: 5 });
      runs.push([first, second]);
    }
    const [cpu, gpu] = runs;
    for (const part of [0, 1]) {
      expectAlike(gpu![part]!.losses, cpu![part]!.losses);
      expectAlike(gpu![part]!.outputs, cpu![part]!.outputs);
      expectAlike(gpu![part]!.weights, cpu![part]!.weights);
      expectAlike(gpu![part]!.updates, cpu![part]!.updates, 1e-4);
    }
  });

  test('twice the same: bit by bit', async () => {
    const runs = [];
    for (let i = 0; i < 2; i++) {
      using engine = open(GPU);
      engine.setRecords(0, records(7));
      runs.push(await train(engine, 9, { order: ORDER(9, 7) }));
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  test('a state goes from one device to the other', async () => {
    using gpu = open(GPU);
    gpu.setRecords(0, records(7));
    await train(gpu, 4, { order: ORDER(4, 7) });
    using cpu = open(CPU);
    cpu.setRecords(0, records(7));
    for (const arena of ['param', 'history'] as const) {
      const floats = new Float32Array(gpu.plan.sizes.param);
      gpu.readArena(arena, floats);
      cpu.writeArena(arena, floats);
    }
    const order = ORDER(3, 7);
    expectAlike((await train(cpu, 3, { order })).weights, (await train(gpu, 3, { order })).weights);
  });

  test('a dropout mask of its own for each recorded iteration, the same as on the CPU', async () => {
    const dropout = 'layer { name: "drop" type: "Dropout" bottom: "ip" top: "ip" }';
    const states = [];
    const runs = [];
    for (const device of [CPU, GPU]) {
      using engine = open(device, dropout + SOFTMAX);
      engine.setRecords(0, records(7));
      runs.push(await train(engine, 6, { order: ORDER(6, 7) }));
      states.push(engine.readState('drop'));
    }
    expectAlike(runs[1]!.losses, runs[0]!.losses);
    expect(states[1]).toEqual(states[0]);
  });
});

describe('recordings', () => {
  /**
   * Nine iterations in a process with another environment, and after an error nine more; or several engines at once, one
   * after another of each.
   */
  function elsewhere(env: Record<string, string>, atOnce = 1): { losses: number[]; weights: number[]; error?: string } {
    const program = `
      const { Engine, buildNet, compile, parseText } = require(${JSON.stringify(ROOT)});
      const net = buildNet(parseText('NetParameter', process.argv[1], 'net.prototxt').message, {
        phase: 'TRAIN', recordShapes: () => [1, 1, ${WIDTH}] });
      const plan = compile(net, { train: true, device: 'cuda', solver: ${JSON.stringify({ ...SGD, momentum: 0.9 })} });
      const count = 9, rates = new Float32Array(count).fill(0.05);
      const bytes = Uint8Array.from({ length: 7 * ${WIDTH} }, (_, i) => (i * 37) % 11);
      const labels = Float32Array.from({ length: 7 }, (_, i) => i % 3);
      const order = Int32Array.from({ length: count * ${BATCH} }, (_, i) => (i * 5 + 3) % 7);
      async function train() {
        const engine = new Engine(plan, { device: { type: 'cuda' }, seed: 5 });
        engine.setRecords(0, { bytes, labels, count: 7, channels: 1, height: 1, width: ${WIDTH} });
        const losses = new Float32Array(count);
        const run = () => engine.run({ count, mode: 'train', feeds: [{ order }], rates, losses });
        const error = await run().then(() => undefined, (error) => error.message);
        if (error) await run();
        const weights = [...engine.readParam(0)];
        engine.dispose();
        return { losses: [...losses], weights, error };
      }
      async function trainAndTrain(rounds) {
        const last = await train();
        return rounds > 1 && !last.error ? trainAndTrain(rounds - 1) : last;
      }
      const all = Array.from({ length: ${atOnce} }, () => trainAndTrain(${atOnce === 1 ? 1 : 10}));
      Promise.all(all).then((ends) => console.log(JSON.stringify(ends.find(({ error }) => error) ?? ends[0])));`;
    const text = `layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: ${BATCH} } }
      layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3
        weight_filler { type: "constant" value: 0.01 } } } ${SOFTMAX}`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program, text], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  test('SIAMESE_CUDA_RECORD=0 computes the same, bit by bit', () => {
    expect(elsewhere({ SIAMESE_CUDA_RECORD: '0' })).toEqual(elsewhere({}));
  });

  test('one that comes to nothing is an error with a way out, and the engine goes on', () => {
    const { error, losses } = elsewhere({ SIAMESE_EMULATED_BREAK: '1' });
    if (error === undefined) return; // a real GPU does not break any
    expect(error).toMatch(/recording an iteration \(SIAMESE_CUDA_RECORD=0 does without\).*previous error/);
    expect(losses.every((loss) => loss > 0)).toBe(true);
  });

  test('engines that begin and end beside them, in threads of their own, leave them alone', () => {
    const { error } = elsewhere({ SIAMESE_EMULATED_RECORDING_MS: '5' }, 4);
    expect(error).toBeUndefined();
  });
});

describe('records', () => {
  test('that a chunk brings come through the ring, many rings long', async () => {
    // 40 iterations of records of 6 bytes fit one slot; so the slots are made small by records of 2 MiB, of which 6 count.
    const width = 1 << 19;
    const wide = (count: number): RecordSet => ({
      bytes: Uint8Array.from({ length: count * width }, (_, i) => (i % width < WIDTH ? (i * 37) % 11 : 0)),
      labels: Float32Array.from({ length: count }, (_, i) => i % 3),
      count,
      channels: 1,
      height: 1,
      width,
    });
    const text = `
      layer { name: "data" type: "Data" top: "data" top: "label" data_param { batch_size: ${BATCH} } }
      layer { name: "sum" type: "Reduction" bottom: "data" top: "sum" loss_weight: 0.001 reduction_param { axis: 1 } }
      layer { name: "silence" type: "Silence" bottom: "label" }`;
    const built = buildNet(parseText('NetParameter', text, 'net.prototxt').message, {
      phase: 'TEST',
      recordShapes: () => [1, 1, width],
    });
    const losses = [];
    for (const device of [CPU, GPU]) {
      using engine = new Engine(compile(built, { train: false, device: device.type }), { device, threads: 2 });
      const request = { count: 17, mode: 'forward' as const, losses: new Float32Array(17) };
      await engine.run({ ...request, feeds: [{ order: ORDER(17, 6), records: wide(6) }] });
      losses.push(request.losses);
      const short = { count: 2, mode: 'forward' as const, losses: new Float32Array(2) };
      await engine.run({ ...short, feeds: [{ order: ORDER(2, 3), records: wide(3) }] });
      losses.push(short.losses);
    }
    expectAlike(losses[2]!, losses[0]!);
    expectAlike(losses[3]!, losses[1]!);
  });

  test('resident or brought along: the same losses', async () => {
    using engine = open(GPU);
    engine.setRecords(0, records(7));
    const resident = await train(engine, 12, { order: ORDER(12, 7) });
    using other = open(GPU);
    const brought = await train(other, 12, { order: ORDER(12, 7), records: records(7) });
    expect(brought).toEqual(resident);
  });
});

test.each([AFFINE_WARP, BENT_WARP])('images warped by %i numbers are those of the CPU', async (numbers) => {
  const [items, channels, height, width] = [3, 2, 7, 9];
  const text = `layer { name: "d" type: "Data" top: "data" top: "label" data_param { batch_size: ${items} } }`;
  const { message } = parseText('NetParameter', text, 'net.prototxt');
  const made = buildNet(message, { phase: 'TEST', recordShapes: () => [channels, height, width] });
  const warps = Float32Array.from({ length: items * numbers }, (_, k) => {
    const which = k % numbers;
    const base = [1, 0, 0, 0, 1, 0][which] ?? 0;
    return base + (which === 2 || which === 5 ? 4 : which > 5 ? 1.5 : 0.4) * Math.sin(k * 1.7);
  });
  const images = [CPU, GPU].map(async (device) => {
    using engine = new Engine(compile(made, { train: false, outputs: ['data'], device: device.type }), { device });
    const size = items * channels * height * width;
    const outputs = new Float32Array(size);
    const set: RecordSet = {
      bytes: Uint8Array.from({ length: size }, (_, i) => (i * 37) % 251),
      labels: new Float32Array(items),
      ...{ count: items, channels, height, width },
    };
    const feeds = [{ order: Int32Array.of(2, 0, 1), records: set, warps }];
    await engine.run({ count: 1, mode: 'forward', feeds, outputs });
    return outputs;
  });
  // Places are float32 and may be rounded otherwise; a pixel further is another value by up to 251.
  const [onCpu, onGpu] = await Promise.all(images);
  expect(Math.max(...onGpu!.map((value, i) => Math.abs(value - onCpu![i]!)))).toBeLessThan(0.01);
});

describe('what stops a run', () => {
  test('a loss that is no number: the weights are those before that iteration', async () => {
    const weights = [];
    for (const device of [CPU, GPU]) {
      using engine = open(device, SOFTMAX, { solver: { ...SGD, momentum: 0 } });
      engine.setRecords(0, records(7));
      const rates = Float32Array.of(0.1, 0.1, Number.POSITIVE_INFINITY, 0.1, 0.1, 0.1);
      const error = await train(engine, 6, { order: ORDER(6, 7) }, { rates, firstIteration: 10 }).catch((e) => e);
      expect(error).toMatchObject({ code: 'diverged', message: expect.stringContaining('at iteration 13') });
      weights.push(engine.readParam(0));
      engine.writeParam(0, new Float32Array(3 * WIDTH));
      engine.writeParam(1, new Float32Array(3));
      const losses = new Float32Array(2);
      await engine.run({ count: 2, mode: 'forward', feeds: [{ order: ORDER(2, 7) }], losses });
      expect(losses[1]).toBeCloseTo(Math.log(3), 4);
    }
    expect(weights[1]).toEqual(weights[0]);
  });

  test('a label out of range: the layer, its place, the first bad item; the weights are those before', async () => {
    for (const device of [CPU, GPU]) {
      using engine = open(device);
      engine.setRecords(0, records(7));
      const { weights } = await train(engine, 3, { order: ORDER(3, 7) });
      engine.setRecords(
        0,
        records(7, (i) => (i === 5 ? 9 : i % 3)),
      );
      const order = Int32Array.of(0, 1, 2, 3, 0, 1, 5, 5);
      const error = await train(engine, 2, { order }).catch((e) => e);
      expect(error).toBeInstanceOf(SiameseError);
      expect(error).toMatchObject({ code: 'data', layer: 'loss', at: { file: 'net.prototxt' } });
      expect(error.message).toMatch(/label 9 of item 2 is outside \[0, 3\)/);
      using again = open(device);
      again.setRecords(0, records(7));
      await train(again, 3, { order: ORDER(3, 7) });
      const { weights: expected } = await train(again, 1, { order: order.subarray(0, 4) });
      expect(engine.readParam(0)).toEqual(expected);
      expect(weights).not.toEqual(expected);
    }
  });

  test('an interrupt: after the iteration that is asked for next', async () => {
    using engine = open(GPU);
    engine.setRecords(0, records(7));
    const running = train(engine, 4000, { order: ORDER(4000, 7) });
    engine.interrupt();
    const { done, updates } = await running;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(4000);
    expect(updates.some((value) => value !== 0)).toBe(true);
  });
});

describe('what is refused', () => {
  const refusal = (make: () => unknown): SiameseError => {
    try {
      make();
    } catch (error) {
      return error as SiameseError;
    }
    throw new Error('nothing was thrown');
  };

  test('a plan for the CPU, and on the CPU a plan for a GPU', () => {
    const plan = (device: 'cpu' | 'cuda') => compile(net(SOFTMAX), { train: false, device });
    expect(refusal(() => new Engine(plan('cpu'), { device: GPU })).message).toMatch(/compiled for the CPU/);
    expect(refusal(() => new Engine(plan('cuda'), {})).message).toMatch(/compiled for a GPU/);
  });

  test('a GPU that is not there', () => {
    const plan = compile(net(SOFTMAX), { train: false, device: 'cuda' });
    const error = refusal(() => new Engine(plan, { device: { type: 'cuda', gpu: 3 } }));
    expect(error).toMatchObject({ code: 'device', message: expect.stringContaining('there is no GPU 3') });
  });

  test('more than there is memory for', () => {
    const text = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 400000 dim: 400000 } } }
      layer { name: "tanh" type: "TanH" bottom: "x" top: "y" }`;
    const built = buildNet(parseText('NetParameter', text, 'net.prototxt').message, { phase: 'TEST' });
    const error = refusal(() => new Engine(compile(built, { train: false, device: 'cuda' }), { device: GPU }));
    expect(error.code).toBe('device');
    expect(error.message).toMatch(
      /out of GPU memory: 1192\.09 GiB for the net do not fit, \d+\.\d+ [MG]iB of \d+\.\d\d GiB are free/,
    );
  });

  test('a convolution of more axes than cuDNN has', () => {
    const text = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 dim: 2 dim: 2 } } }
      layer { name: "conv" type: "Convolution" bottom: "x" top: "y" convolution_param { num_output: 1 kernel_size: 1 } }`;
    const built = buildNet(parseText('NetParameter', text, 'net.prototxt').message, { phase: 'TEST' });
    const error = refusal(() => new Engine(compile(built, { train: false, device: 'cuda' }), { device: GPU }));
    expect(error).toMatchObject({ code: 'device', layer: 'conv', at: { file: 'net.prototxt', line: 2 } });
  });
});

describe('the runs of Caffe', () => {
  // As in golden-runs, before rounding decides a near tie.
  test.each(['type_sgd', 'iter_size_2', 'type_adam'])('%s: the first losses', async (name) => {
    const expected = golden(name);
    const { solver, displays } = await start(name, { max_iter: 5, test_iter: [], test_interval: 0 }, { device: GPU });
    await solver.train();
    const losses = displays().map(({ loss }) => loss);
    expect(losses.length).toBeGreaterThanOrEqual(5);
    for (const [i, loss] of losses.slice(0, 5).entries()) expect(relative(loss, expected.loss[i]!)).toBeLessThan(1e-4);
  });
});
