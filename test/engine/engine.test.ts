import { Engine } from '../../src/engine/engine';
import type { RunRequest } from '../../src/engine/native';
import { SiameseError } from '../../src/errors';
import { linearPlan, PlanMaker, reluPlan } from './plans';

const FORWARD: RunRequest = { count: 1, mode: 'forward', feeds: [] };

function records(values: number[][]) {
  return {
    floats: Float32Array.from(values.flat()),
    labels: new Float32Array(values.length),
    count: values.length,
    channels: 1,
    height: 1,
    width: values[0]!.length,
  };
}

async function rejection(promise: Promise<unknown>): Promise<SiameseError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(SiameseError);
  return error as SiameseError;
}

describe('a run', () => {
  test('forward, then backward from the diff that was written', async () => {
    using engine = new Engine(reluPlan(), { threads: 1 });
    engine.write('x', Float32Array.of(-1, 2, -3, 4, 5, -6));
    engine.write('y', Float32Array.of(1, 2, 3, 4, 5, 6), 'diff');
    const outputs = new Float32Array(12);
    const { done } = await engine.run({ count: 2, mode: 'forward-backward', feeds: [], outputs });
    expect(done).toBe(2);
    const y = [-0.5, 2, -1.5, 4, 5, -3];
    expect([...engine.read('y')]).toEqual(y);
    expect([...outputs]).toEqual([...y, ...y]);
    expect([...engine.read('x', 'diff')]).toEqual([0.5, 2, 1.5, 4, 5, 3]);
  });

  test.each([0, 1, 2, 3])('blobs are read and written in Caffe order in split %i, pitch padded', async (split) => {
    using engine = new Engine(reluPlan([3, 4, 5], split, 7), { threads: 2 });
    const values = Float32Array.from({ length: 60 }, (_, i) => i + 1);
    engine.write('x', values);
    expect(engine.read('x')).toEqual(values);
    const outputs = new Float32Array(60);
    await engine.run({ ...FORWARD, outputs });
    expect(engine.read('y')).toEqual(values);
    expect(outputs).toEqual(values);
  });

  test('losses are weight times the sum; gradients add up over iter_size and are cleared between runs', async () => {
    using engine = new Engine(linearPlan(2, 1, { iter_size: 2 }));
    engine.setRecords(
      0,
      records([
        [1, 2],
        [3, 5],
      ]),
    );
    engine.writeParam(0, Float32Array.of(10, 100));
    const losses = new Float32Array(3);
    const outputs = new Float32Array(3);
    const order = Int32Array.of(0, 1, 1, 1, 0, 0);
    await engine.run({ count: 3, mode: 'train', feeds: [{ order }], rates: new Float32Array(3), losses, outputs });
    expect([...losses]).toEqual([(210 + 530) / 2, 530, 210]);
    expect([...outputs]).toEqual([530, 530, 210]); // of the last sub-pass
    await engine.run({ count: 1, mode: 'forward-backward', feeds: [{ order: Int32Array.of(1) }] });
    expect([...engine.readParam(0, 'diff')]).toEqual([3, 5]);
  });

  test('an interrupt ends it after the iteration in progress', async () => {
    using engine = new Engine(linearPlan(512, 64));
    engine.setRecords(0, records([Array.from({ length: 512 }, () => 0)]));
    const count = 20000;
    const run = engine.run({
      count,
      mode: 'train',
      feeds: [{ order: new Int32Array(count * 64) }],
      rates: new Float32Array(count),
    });
    setTimeout(() => engine.interrupt(), 20);
    const { done, computeMs } = await run;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(count);
    expect(computeMs).toBeGreaterThan(0);
    expect((await engine.run({ ...FORWARD, feeds: [{ order: new Int32Array(64) }] })).done).toBe(1);
  });

  test('a second call while busy is refused, and does no harm', async () => {
    using engine = new Engine(linearPlan(512, 64));
    engine.setRecords(0, records([Array.from({ length: 512 }, () => 1)]));
    const request: RunRequest = { count: 500, mode: 'forward', feeds: [{ order: new Int32Array(500 * 64) }] };
    const first = engine.run(request);
    expect((await rejection(engine.run(request))).message).toContain('busy');
    expect(() => engine.read('y')).toThrow('busy');
    expect(() => engine.setMean(0, new Float32Array(512))).toThrow('busy');
    expect((await first).done).toBe(500);
  });

  test('a loss that is no number stops before the update and names the iteration', async () => {
    using engine = new Engine(linearPlan(1, 1, { momentum: 0.5 }));
    engine.setRecords(0, records([[1], [Number.NaN]]));
    const losses = new Float32Array(3);
    const run = engine.run({
      count: 3,
      mode: 'train',
      firstIteration: 40,
      feeds: [{ order: Int32Array.of(0, 1, 0) }],
      rates: Float32Array.of(1, 1, 1),
      losses,
    });
    const error = await rejection(run);
    expect(error.code).toBe('diverged');
    expect(error.message).toContain('iteration 41');
    expect([...engine.readParam(0)]).toEqual([-1]);
    expect([...engine.readParam(0, 'history0')]).toEqual([1]);
    expect([...losses.slice(0, 2)]).toEqual([0, Number.NaN]);
  });

  test('a gradient that is no number stops before the update, though the loss is one', async () => {
    using engine = new Engine(linearPlan(1, 2, { momentum: 0.5 }));
    engine.setRecords(0, records([[1], [1], [3e38], [3e38]]));
    const rates = Float32Array.of(0, 1, 1);
    const losses = new Float32Array(3);
    const order = Int32Array.of(0, 1, 2, 3, 0, 1);
    const error = await rejection(
      engine.run({ count: 3, mode: 'train', firstIteration: 40, feeds: [{ order }], rates, losses }),
    );
    expect(error.code).toBe('diverged');
    expect(error.message).toBe('the gradient of parameter w is inf at iteration 41');
    expect([...engine.readParam(0)]).toEqual([0]);
    expect([...losses]).toEqual([0, 0, 0]);
  });

  test('times are counted per layer while profiling', async () => {
    using engine = new Engine(reluPlan([1000, 100]));
    engine.profile(true);
    await engine.run({ count: 5, mode: 'forward-backward', feeds: [] });
    const times = engine.profile(false);
    expect(times).toHaveLength(2);
    for (const time of times) expect(time).toBeGreaterThan(0);
    await engine.run(FORWARD);
    expect([...engine.profile(false)]).toEqual([0, 0]);
  });
});

describe('arenas', () => {
  test('are read and written whole', () => {
    using engine = new Engine(linearPlan(3, 1, { type: 'Adam' }));
    const size = engine.plan.sizes.param;
    const values = Float32Array.from({ length: 2 * size }, (_, i) => i);
    engine.writeArena('history', values);
    const back = new Float32Array(2 * size);
    engine.readArena('history', back);
    expect(back).toEqual(values);
    expect([...engine.readParam(0, 'history1')]).toEqual([size, size + 1, size + 2]);
    expect(() => engine.readArena('param', new Float32Array(1))).toThrow(`arena param has ${size} elements`);
  });
});

describe('errors', () => {
  test('a layer that fails is named, with its place in the prototxt', () => {
    const plan = reluPlan();
    const at = { file: 'net.prototxt', line: 3, column: 1 };
    Object.assign(plan.layers[0]!, { type: 'Nonesuch', at });
    const error = caught(() => new Engine(plan));
    expect(error).toMatchObject({ code: 'internal', layer: 'relu', at });
    expect(error.message).toContain('no native layer of type Nonesuch');
  });

  test('names that are not there', () => {
    using engine = new Engine(reluPlan());
    expect(() => engine.read('z')).toThrow('no blob "z"');
    expect(() => engine.write('x', new Float32Array(5))).toThrow('blob x has 6 elements, the array 5');
    expect(() => engine.readState('z')).toThrow('no layer z');
    expect(() => engine.readParam(0)).toThrow('no such param');
    expect(() => engine.setRecords(0, records([[1]]))).toThrow('no such feed');
  });

  test('a blob that the memory plan does not keep cannot be read', () => {
    const plan = reluPlan();
    plan.blobs[0]!.kept = false;
    using engine = new Engine(plan);
    expect(() => engine.read('x')).toThrow('x is not kept');
  });

  test.each<[string, Partial<RunRequest>, string]>([
    ['too few rates', { mode: 'train', rates: new Float32Array(1) }, 'rates has 1 elements, not 2'],
    ['no rates', { mode: 'train' }, 'needs rates'],
    ['too short an order', { feeds: [{ order: new Int32Array(1) }] }, 'order has 1 elements, not 2'],
    ['no feed', { feeds: [] }, 'one chunk per feed'],
    ['a record that is not there', { feeds: [{ order: Int32Array.of(0, 2) }] }, 'record 2 of 2'],
    ['a negative record', { feeds: [{ order: Int32Array.of(-1, 0) }] }, 'record -1 of 2'],
    ['a losses array of another size', { losses: new Float32Array(3) }, 'losses has 3 elements, not 2'],
    ['an unknown mode', { mode: 'backward' as 'train' }, 'unknown mode'],
    ['a negative count', { count: -1 }, 'impossible count'],
  ])('%s', async (_, change, message) => {
    using engine = new Engine(linearPlan(1, 1));
    engine.setRecords(0, records([[1], [2]]));
    const good: RunRequest = { count: 2, mode: 'forward', feeds: [{ order: Int32Array.of(0, 1) }] };
    expect((await rejection(engine.run({ ...good, ...change }))).message).toContain(message);
    expect((await engine.run(good)).done).toBe(2);
  });

  test('after dispose every call is an error, and dispose is not', async () => {
    const engine = new Engine(reluPlan());
    engine.dispose();
    engine.dispose();
    expect(() => engine.read('x')).toThrow('disposed');
    expect((await rejection(engine.run(FORWARD))).message).toContain('disposed');
    engine.interrupt();
  });

  test('dispose while running ends the run as an interrupt does', async () => {
    const engine = new Engine(linearPlan(512, 64));
    engine.setRecords(0, records([Array.from({ length: 512 }, () => 1)]));
    const count = 20000;
    const run = engine.run({ count, mode: 'forward', feeds: [{ order: new Int32Array(count * 64) }] });
    engine.dispose();
    expect((await run).done).toBeLessThan(count);
  });

  test('what a layer throws while it runs rejects the run and names the layer', async () => {
    const maker = new PlanMaker();
    const x = maker.blob('x', [2, 3]);
    const label = maker.blob('label', [2]);
    const loss = maker.blob('loss', []);
    maker.layer({
      name: 'softmax',
      type: 'SoftmaxWithLoss',
      bottoms: [x, { ...label, diff: -1 }],
      tops: [loss],
      attributes: { channels: 3, normalization: 'VALID' },
    });
    using engine = new Engine(maker.plan);
    engine.write('label', Float32Array.of(0, 7));
    const error = await rejection(engine.run(FORWARD));
    expect(error).toMatchObject({ code: 'data', layer: 'softmax' });
    expect(error.message).toContain('7');
    engine.write('label', Float32Array.of(0, 2));
    expect((await engine.run(FORWARD)).done).toBe(1);
  });
});

function caught(call: () => unknown): SiameseError {
  try {
    call();
  } catch (error) {
    return error as SiameseError;
  }
  throw new Error('nothing was thrown');
}
