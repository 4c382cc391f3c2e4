/** Plans of whole nets compute what the nets say, whatever is shared, viewed or merged. */
import { compile } from '../../src/plan/compile.js';
import type { Plan } from '../../src/plan/plan.js';
import { DUMMY, errorOf, ip, loss, net } from '../net/nets.js';
import { expectEqual } from './equal.js';
import { conv, inception, input, MINI, pool, relu, residual, SMALL } from './nets.js';

const LABELS = 'layer { name: "label" type: "DummyData" top: "label" dummy_data_param { shape { dim: 3 } } }';
const HEAD = `${ip('fc', 'head', 'fc', 5)} ${LABELS}
  layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" top: "loss" }`;
const small = { recordShapes: () => [2, 10, 10] as [number, number, number] };

/** ResNet's three layers in place. */
function normalised(blob: string): string {
  return `layer { name: "bn_${blob}" type: "BatchNorm" bottom: "${blob}" top: "${blob}" }
    layer { name: "scale_${blob}" type: "Scale" bottom: "${blob}" top: "${blob}" scale_param { bias_term: true } }${relu(blob)}`;
}

const NETS: Record<string, string> = {
  siamese: SMALL,
  residual:
    input(['x', 3, 2, 4, 4]) + conv('c0', 'x', 'c0', 2, 3) + residual('c0', 'r1', 2) + residual('r1', 'head', 2) + HEAD,
  inception:
    input(['x', 3, 2, 4, 4]) + conv('c0', 'x', 'c0', 2, 3) + inception('c0', 'i1') + inception('i1', 'head') + HEAD,
  plain:
    input(['x', 3, 1, 8, 8]) +
    conv('c1', 'x', 'c1', 2, 3) +
    relu('c1') +
    pool('c1', 'p1') +
    conv('c2', 'p1', 'c2', 3, 3) +
    relu('c2') +
    pool('c2', 'head') +
    HEAD,
  alexnet: `${input(['x', 2, 2, 7, 7])}${conv('c1', 'x', 'c1', 4, 3)}${relu('c1')}
    layer { name: "n1" type: "LRN" bottom: "c1" top: "n1" lrn_param { local_size: 3 } }${pool('n1', 'p1', 3, 2)}
    ${conv('c2', 'p1', 'c2', 4, 3).replace('pad: 1', 'pad: 1 group: 2')}${relu('c2')}${pool('c2', 'p2')}${ip('f6', 'p2', 'f6', 6)}${relu('f6')}
    layer { name: "drop6" type: "Dropout" bottom: "f6" top: "f6" }${ip('head', 'f6', 'head', 4)}${HEAD.replace('dim: 3', 'dim: 2')}
    layer { name: "accuracy" type: "Accuracy" bottom: "fc" bottom: "label" top: "accuracy" include { phase: TEST } }`,
  'batch norm and scale in place': `${input(['x', 3, 2, 4, 4])}${conv('c1', 'x', 'c1', 2, 3)}${normalised('c1')}${conv('c2', 'c1', 'c2', 2, 3)}${normalised('c2')}
    layer { name: "head" type: "Eltwise" bottom: "c1" bottom: "c2" top: "head" }${relu('head')}${HEAD}`,
  sliced: `${input(['x', 3, 4, 2, 2])}${conv('c1', 'x', 'c1', 4, 1)}
    layer { name: "s" type: "Slice" bottom: "c1" top: "s0" top: "s1" top: "s2" slice_param { axis: 1 slice_point: 1 slice_point: 2 } }
    ${relu('s1')}${conv('c2', 's2', 'c2', 1, 1)}
    layer { name: "head" type: "Concat" bottom: "s1" bottom: "c2" bottom: "s0" top: "head" }${HEAD}`,
  'sliced by height, one part unused': `${input(['x', 3, 2, 4, 2])}${conv('c1', 'x', 'c1', 2, 1)}
    layer { name: "s" type: "Slice" bottom: "c1" top: "head" top: "unused" slice_param { axis: 2 slice_point: 1 } }${HEAD}`,
  'sliced by batch': `${input(['x', 6, 2, 3, 1])}${conv('c1', 'x', 'c1', 2, 1)}
    layer { name: "s" type: "Slice" bottom: "c1" top: "head" top: "other" slice_param { axis: 0 } }${HEAD}
    layer { name: "quiet" type: "Silence" bottom: "other" }`,
  reshaped: `${input(['x', 3, 2, 2, 2])}${conv('c1', 'x', 'c1', 2, 1)}
    layer { name: "f" type: "Flatten" bottom: "c1" top: "f" }${relu('f')}${ip('f2', 'f', 'f2', 6)}
    layer { name: "r" type: "Reshape" bottom: "f2" top: "r" reshape_param { shape { dim: 6 dim: 3 } } }${ip('f3', 'r', 'f3', 2)}
    layer { name: "r2" type: "Reshape" bottom: "f3" top: "head" reshape_param { shape { dim: 3 dim: -1 } } }${HEAD}`,
  'split, then changed in place behind a Reshape': `${input(['x', 3, 2, 2, 2])}${conv('c1', 'x', 'c1', 2, 1)}
    layer { name: "f" type: "Flatten" bottom: "c1" top: "f" }${relu('f')}
    layer { name: "g" type: "Flatten" bottom: "c1" top: "g" }
    layer { name: "head" type: "Eltwise" bottom: "f" bottom: "g" top: "head" }${HEAD}`,
  'several losses': `${DUMMY}${ip('a', 'x', 'a', 2, 'loss_weight: 0.5')}${ip('b', 'a', 'b', 2)}${loss('b')}`,
  'softmax over other axes': `${input(['x', 3, 2, 4, 2])}${conv('c1', 'x', 'c1', 2, 1)}
    layer { name: "s" type: "Softmax" bottom: "c1" top: "s" softmax_param { axis: 2 } }${conv('head', 's', 'head', 2, 1)}${HEAD}`,
  'propagate_down stops one of two': `${input(['x', 3, 2, 2, 2])}${conv('c1', 'x', 'c1', 2, 1)}${conv('c2', 'c1', 'c2', 2, 1, 'propagate_down: false')}
    ${conv('c3', 'c1', 'c3', 2, 1)}layer { name: "head" type: "Eltwise" bottom: "c2" bottom: "c3" top: "head" }${HEAD}`,
  'gradient of the data': `${DUMMY}${ip('a', 'x', 'y', 2, 'propagate_down: true')}${loss('y')}`,
  forced: `force_backward: true ${input(['x', 3, 2, 2, 2])}${conv('c1', 'x', 'head', 2, 1)}${HEAD}
    layer { name: "dead" type: "Power" bottom: "head" top: "dead" }`,
  frozen: `${input(['x', 3, 2, 2, 2])}${conv('c1', 'x', 'c1', 2, 1)}${conv('c2', 'c1', 'head', 2, 1, 'param { lr_mult: 0 } param { lr_mult: 0 }')}${HEAD}`,
};

describe.each(Object.keys(NETS))('%s', (name) => {
  const train = () => net(NETS[name]!, small);
  const test_ = () => net(NETS[name]!, { ...small, phase: 'TEST' });

  test('training', () => {
    expectEqual(train());
  });
  test('training, everything kept', () => {
    const plan = expectEqual(train(), { keep: 'all' });
    expect(plan.blobs.every(({ kept }) => kept)).toBe(true);
  });
  test('training without the towers pass', () => {
    expectEqual(train(), { towers: false, keep: 'all' });
  });
  test('testing', () => {
    const plan = expectEqual(test_());
    expect(plan.backward).toEqual([]);
    expect(plan.blobs.every(({ diff }) => diff < 0)).toBe(true);
  });
  test('testing with gradients', () => {
    expectEqual(test_(), { backward: true });
  });
  test('testing, everything kept', () => {
    expectEqual(test_(), { keep: 'all' });
  });
});

function floats(plan: Plan): number {
  return plan.sizes.activation;
}

test('sharing memory saves memory, most of all in testing', () => {
  const built = net(NETS.residual!, small);
  const [shared, kept] = [compile(built, { train: true }), compile(built, { train: true, keep: 'all' })];
  const testing = compile(built, { train: false });
  expect(floats(shared)).toBeLessThan(floats(kept));
  expect(floats(testing)).toBeLessThan(floats(shared));
});

test('blobs kept by name are kept, others are not', () => {
  const built = net(NETS.plain!, small);
  const keptBy = (keep: string[]) =>
    compile(built, { train: false, keep })
      .blobs.filter(({ kept }) => kept)
      .map(({ name }) => name);
  expect(keptBy([])).not.toContain('c1');
  expect(keptBy(['c1'])).toContain('c1');
});

test('an unknown name of a blob to keep or hand out suggests the nearest', () => {
  const built = net(NETS.plain!, small);
  expect(errorOf(() => compile(built, { train: false, keep: ['c11'] }))).toBe(
    'error: the net has no blob "c11"\n  help: did you mean "c1"?',
  );
  expect(errorOf(() => compile(built, { train: false, outputs: ['nothing here'] }))).toBe(
    'error: the net has no blob "nothing here"',
  );
});

test('outputs are those of the net, or those asked for, and are kept', () => {
  const built = net(NETS.plain!, small);
  expect(compile(built, { train: true }).outputs).toEqual(['loss']);
  const plan = compile(built, { train: true, outputs: ['fc', 'c2'] });
  expect(plan.outputs).toEqual(['fc', 'c2']);
  expect(plan.blobs.filter(({ name }) => ['fc', 'c2'].includes(name)).every(({ kept }) => kept)).toBe(true);
});

test('parameters begin at cache lines, learnable first, gradients at the same places', () => {
  const plan = compile(net(MINI), { train: true });
  let end = 0;
  for (const { data, diff } of plan.params) {
    const [param, gradient] = [plan.tensors[data]!, plan.tensors[diff]!];
    expect(param.offset % 16).toBe(0);
    expect(param.offset).toBeGreaterThanOrEqual(end);
    expect(gradient).toEqual({ ...param, arena: 'gradient' });
    end = param.offset + param.shape.reduce((n, dim) => n * dim, 1);
  }
  expect(plan.sizes.param).toBeGreaterThanOrEqual(end);
});

test('a frozen parameter keeps its place but gets no gradient; state has none at all', () => {
  const plan = compile(net(NETS.frozen!, small), { train: true });
  expect(plan.params.map(({ lr_mult }) => lr_mult)).toEqual([1, 1, 0, 0, 1, 1]);
  expect(plan.layers.find(({ name }) => name === 'c2')!.params.map(({ diff }) => diff)).toEqual([-1, -1]);
});

test('feeds count records, not pairs', () => {
  const pairs = MINI.replace(/batch_size: 32/, 'batch_size: 32 images_per_blob: 2');
  expect(compile(net(MINI), { train: true }).feeds).toEqual([{ layer: 0, name: 'pair_data', recordsPerPass: 32 }]);
  expect(compile(net(pairs), { train: true }).feeds).toEqual([{ layer: 0, name: 'pair_data', recordsPerPass: 64 }]);
});

test('a net of 200 layers compiles in under 50 ms', () => {
  const blocks = Array.from({ length: 28 }, (_, i) => residual(i === 0 ? 'c0' : `r${i - 1}`, `r${i}`, 16)).join('');
  const built = net(
    `${input(['x', 32, 3, 32, 32])}${conv('c0', 'x', 'c0', 16, 3)}${blocks}${HEAD.replace('"head"', '"r27"').replace('dim: 3', 'dim: 32')}`,
  );
  expect(built.layers.length).toBeGreaterThanOrEqual(170);
  const times = Array.from({ length: 10 }, () => {
    const start = process.cpuUsage();
    compile(built, { train: true });
    return process.cpuUsage(start).user / 1000;
  });
  // Processor time and the best of ten: the first runs are not compiled yet, and other tests use the machine too.
  expect(Math.min(...times)).toBeLessThan(50);
});
