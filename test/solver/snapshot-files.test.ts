/** .caffemodel and .solverstate byte for byte as Caffe writes them, loading rules, and what is refused. No engine needed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildNet } from '../../src/net/net';
import type { Net } from '../../src/net/net-types';
import { compile } from '../../src/plan/compile';
import type { Plan } from '../../src/plan/plan';
import { parseNet, readNet, readSolverState, readWeights, type Weights } from '../../src/proto/files';
import {
  decodeHistory,
  encodeHistory,
  probePrefix,
  readSnapshot,
  snapshotNames,
  writeSnapshot,
} from '../../src/solver/snapshot';
import { captureWeights, copyWeights, encodeCaffemodel } from '../../src/solver/weights';
import { MINI, mini } from './mini';

const recordShapes = (): [number, number, number] => [2, 28, 28];
const net = buildNet(readNet(mini('train_test.prototxt')).message, { phase: 'TRAIN', recordShapes });
const solver = {
  type: 'SGD',
  momentum: 0.9,
  momentum2: 0.999,
  rms_decay: 0.99,
  delta: 1e-8,
  weight_decay: 0,
  regularization_type: 'L2' as const,
  clip_gradients: -1,
  iter_size: 1,
};
const plan = compile(net, { train: true, solver });
const bytesOf = (name: string) => new Uint8Array(readFileSync(mini(name)));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-snapshot-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each(['init', 'type_sgd_iter_100', 'policy_multistep_iter_100', 'type_adam_iter_100'])(
  '%s.caffemodel: loaded and written again it is the same file',
  (name) => {
    const arena = new Float32Array(plan.sizes.param);
    const applied = copyWeights(net, plan, arena, readWeights(mini(`${name}.caffemodel`)));
    expect(applied.ignored).toEqual([]);
    expect(applied.missing).toEqual([]);
    expect(applied.loaded).toEqual(['conv1', 'conv2', 'ip1', 'feat', 'conv1_p', 'conv2_p', 'ip1_p', 'feat_p']);
    expect(Buffer.compare(encodeCaffemodel(net, plan, arena), bytesOf(`${name}.caffemodel`))).toBe(0);
  },
);

test.each([
  ['type_sgd_iter_100', 'SGD'],
  ['policy_step_iter_100', 'SGD'],
  ['policy_multistep_iter_100', 'SGD'],
  ['legacy_solver_type_enum_iter_30', 'Nesterov'],
  ['type_adam_iter_100', 'Adam'],
  ['type_adadelta_iter_100', 'AdaDelta'],
])('%s.solverstate: loaded and written again it is the same file', (name, type) => {
  const state = readSolverState(mini(`${name}.solverstate`));
  const history = decodeHistory(plan, state, type, name);
  expect(Buffer.compare(encodeHistory(plan, history, state), bytesOf(`${name}.solverstate`))).toBe(0);
});

test('a history of another solver type is refused', () => {
  const state = readSolverState(mini('type_adam_iter_100.solverstate'));
  expect(() => decodeHistory(plan, state, 'SGD', 'x.solverstate')).toThrow(
    'incorrect length of history blobs: x.solverstate has 16, solver type SGD with this net keeps 8',
  );
});

describe('weights by layer name', () => {
  const weights = readWeights(mini('init.caffemodel'));
  const small = (text: string): { net: Net; plan: Plan } => {
    const built = buildNet(parseNet(text, 'small.prototxt').message, { phase: 'TEST' });
    return { net: built, plan: compile(built, { train: false }) };
  };
  const INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 1 dim: 28 dim: 28 } } }';
  const conv = (name: string, options: string) =>
    `layer { name: "${name}" type: "Convolution" bottom: "x" top: "${name}" convolution_param { ${options} } }`;

  test('layers that only the file has are ignored, those that only the net has keep their fill', () => {
    const { net, plan } = small(
      INPUT + conv('conv1', 'num_output: 6 kernel_size: 5') + conv('own', 'num_output: 1 kernel_size: 1'),
    );
    const arena = new Float32Array(plan.sizes.param).fill(7);
    const applied = copyWeights(net, plan, arena, weights);
    expect(applied.loaded).toEqual(['conv1']);
    expect(applied.missing).toEqual(['own']);
    expect(applied.ignored).toEqual(weights.layers.map(({ name }) => name).filter((name) => name !== 'conv1'));
    const blobs = (from: Weights, layer: string) => from.layers.find(({ name }) => name === layer)!.blobs;
    const captured = captureWeights(net, plan, arena);
    expect(blobs(captured, 'conv1')[0]!.data).toEqual(blobs(weights, 'conv1')[0]!.data);
    expect([...blobs(captured, 'own')[0]!.data]).toEqual([7]);
  });

  test('another number of blobs is refused', () => {
    const { net, plan } = small(INPUT + conv('conv1', 'num_output: 6 kernel_size: 5 bias_term: false'));
    expect(() => copyWeights(net, plan, new Float32Array(plan.sizes.param), weights, 'w')).toThrow(
      "incompatible number of blobs for layer 'conv1': the net has 1, w has 2",
    );
  });

  test('another shape is refused, and both are told', () => {
    const { net, plan } = small(INPUT + conv('conv1', 'num_output: 6 kernel_size: 3'));
    expect(() => copyWeights(net, plan, new Float32Array(plan.sizes.param), weights)).toThrow(
      "cannot copy param 0 weights from layer 'conv1'; shape mismatch. Source param shape is 6 1 5 5 (150); " +
        'target param shape is 6 1 3 3 (54)',
    );
  });

  test('the 4-d shape of an old file is right-aligned', () => {
    const { net, plan } = small(`${INPUT} layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
      inner_product_param { num_output: 2 } }`);
    const data = Float32Array.from({ length: 2 * 784 }, (_, i) => i);
    const old = (shape: number[]) => ({
      name: '',
      layers: [
        {
          name: 'ip',
          type: 'InnerProduct',
          blobs: [
            { shape, data, legacy: true },
            { shape: [1, 1, 1, 2], data: Float32Array.of(1, 2), legacy: true },
          ],
        },
      ],
    });
    const arena = new Float32Array(plan.sizes.param);
    copyWeights(net, plan, arena, old([1, 1, 2, 784]));
    expect(captureWeights(net, plan, arena).layers[1]!.blobs[0]!.data).toEqual(data);
    expect(() => copyWeights(net, plan, arena, old([2, 784, 1, 1]))).toThrow('shape mismatch');
  });
});

describe('snapshots on the disk', () => {
  const resume = { seed: 1, losses: [0.5], smoothedLoss: 0.5, windowStart: 0, feeds: [{}], layers: [{}] };
  const history = new Float32Array(plan.sizes.param);
  const write = (prefix: string, iteration: number) => {
    const names = snapshotNames(prefix, iteration);
    const arena = new Float32Array(plan.sizes.param);
    const solverstate = encodeHistory(plan, history, {
      iter: iteration,
      learned_net: names.caffemodel,
      current_step: 0,
    });
    writeSnapshot(names, { caffemodel: encodeCaffemodel(net, plan, arena), solverstate, resume, iteration }, () => {});
    return names;
  };

  test('what was written is read, with all that belongs to it', () => {
    const names = write(path.join(folder, 'a'), 5);
    const read = readSnapshot(names.solverstate);
    expect(read.state.iter).toBe(5);
    expect(read.weights).toBe(names.caffemodel);
    expect(read.resume).toMatchObject(resume);
  });

  test("Caffe's own state has no resume file, and that is said", () => {
    const read = readSnapshot(mini('type_sgd_iter_100.solverstate'));
    expect(read.resume).toBeUndefined();
    expect(read.reason).toMatch(/a state written by Caffe has none/);
    expect(read.weights).toBe(path.join(MINI, 'type_sgd_iter_100.caffemodel'));
  });

  test('the resume file of another snapshot is not believed', () => {
    const names = write(path.join(folder, 'a'), 5);
    writeFileSync(names.solverstate, readFileSync(mini('type_sgd_iter_100.solverstate')));
    writeFileSync(path.join(folder, 'type_sgd_iter_100.caffemodel'), bytesOf('type_sgd_iter_100.caffemodel'));
    expect(readSnapshot(names.solverstate)).toMatchObject({ resume: undefined });
  });

  test('weights given as a state: the state is named', () => {
    const names = write(path.join(folder, 'a'), 5);
    let error: { message: string; help?: string } | undefined;
    try {
      readSnapshot(names.caffemodel);
    } catch (caught) {
      error = caught as typeof error;
    }
    expect(error?.message).toMatch(/holds weights, not a solver state/);
    expect(error?.help).toContain(`resume from ${names.solverstate}`);
  });

  test.each([
    ['truncated', (bytes: Buffer) => bytes.subarray(0, bytes.length - 10)],
    ['empty', () => Buffer.alloc(0)],
    ['no state at all', () => Buffer.from('net: "x"')],
  ])('a state that is %s is an input error', (_, damage) => {
    const names = write(path.join(folder, 'a'), 5);
    writeFileSync(names.solverstate, damage(readFileSync(names.solverstate)));
    expect(() => readSnapshot(names.solverstate)).toThrow(
      expect.objectContaining({ name: 'SiameseError', code: 'input' }),
    );
  });

  test('a damaged resume file is an input error that says what to do', () => {
    const names = write(path.join(folder, 'a'), 5);
    writeFileSync(names.resume, readFileSync(names.resume, 'utf8').slice(0, -9));
    expect(() => readSnapshot(names.solverstate)).toThrow(/resume\.json is damaged/);
  });

  test('the prefix is tried at the start; a missing folder is made', () => {
    probePrefix(path.join(folder, 'new', 'run'));
    writeFileSync(path.join(folder, 'file'), '');
    expect(() => probePrefix(path.join(folder, 'file', 'run'))).toThrow(
      expect.objectContaining({ code: 'io', message: expect.stringContaining('cannot write to snapshot prefix') }),
    );
  });
});
