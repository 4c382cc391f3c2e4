/** When branches are merged, when not, and that the net means the same either way. */
import type { NetOptions } from '../../src/net/net.js';
import { compile } from '../../src/plan/compile.js';
import { ip, net } from '../net/nets.js';
import { expectEqual } from './equal.js';
import { conv, input, MINI, pool, relu, residual, SMALL } from './nets.js';

/** Parameters of one name in all towers: `c_1` and `c_2` share `c_w` and `c_b`. */
const shared = (name: string) => {
  const stem = name.replace(/_\d$/, '');
  return `param { name: "${stem}_w" } param { name: "${stem}_b" }`;
};
const towers = (count: number, tower: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => tower(n + 1)).join('');
const PAIR = input(['x_1', 2, 2, 4, 4], ['x_2', 2, 2, 4, 4]);
const simple = (n: number) => conv(`c_${n}`, `x_${n}`, `c_${n}`, 2, 3, shared(`c_${n}`)) + relu(`c_${n}`);

/** Layers that stand for several, as `a+b`; checks on the way that the plan is right. */
function merged(text: string, options: Partial<NetOptions> = {}): string[] {
  const built = net(text, options);
  expectEqual(built, { keep: 'all' });
  expectEqual(built, { keep: 'all', towers: false });
  expectEqual(built);
  return expectEqual(built, { fuse: false }).layers.flatMap((layer) =>
    layer.merged ? [[layer.name, ...layer.merged].join('+')] : [],
  );
}

const LOSS = `layer { name: "d" type: "EuclideanLoss" bottom: "c_1" bottom: "c_2" top: "d" }`;

test('a siamese net is one tower of twice the batch', () => {
  expect(merged(SMALL, { recordShapes: () => [2, 10, 10] })).toEqual([
    'conv1+conv1_p',
    'pool1+pool1_p',
    'conv2+conv2_p',
    'pool2+pool2_p',
    'ip1+ip1_p',
    'relu1+relu1_p',
    'feat+feat_p',
  ]);
});

test('blobs of both towers are parts of the stacked one, under their old names', () => {
  const plan = compile(net(MINI), { train: true, fuse: false });
  const of = (name: string) => plan.tensors[plan.blobs.find((blob) => blob.name === name)!.data]!;
  const stacked = plan.tensors[plan.layers.find(({ name }) => name === 'conv1')!.tops[0]!.data]!;
  expect(stacked.shape).toEqual([64, 6, 24, 24]);
  expect(of('conv1')).toEqual({ ...stacked, shape: [32, 6, 24, 24] });
  expect(of('conv1_p')).toEqual({ ...stacked, shape: [32, 6, 24, 24], offset: stacked.offset + 32 });
});

test('off by one option', () => {
  const plan = compile(net(MINI), { train: true, towers: false });
  expect(plan.layers.some((layer) => layer.merged || layer.type === 'Stack')).toBe(false);
});

test('triplets and more are the same pass', () => {
  const text = `${input(...[1, 2, 3].map((n): [string, ...number[]] => [`x_${n}`, 2, 2, 4, 4]))}${towers(3, simple)}
    ${LOSS.replace('"d"', '"d1"').replace('top: "d"', 'top: "d1"')}
    layer { name: "d2" type: "EuclideanLoss" bottom: "c_1" bottom: "c_3" top: "d2" }`;
  expect(merged(text)).toEqual(['c_1+c_2+c_3', 'relu_c_1+relu_c_2+relu_c_3']);
});

test('towers with residual blocks', () => {
  const tower = (n: number) => {
    const text = residual(`c_${n}`, 'r', 2, shared);
    return simple(n) + text.replaceAll(/"(relu_)?(ra|rb|r)"/g, `"$1$2_${n}"`).replaceAll(`"r_${n}_w"`, '"r_w"');
  };
  const text = PAIR + towers(2, tower) + LOSS.replace('"c_1"', '"r_1"').replace('"c_2"', '"r_2"');
  expect(merged(text)).toEqual([
    'c_1+c_2',
    'relu_c_1+relu_c_2',
    'c_1_relu_c_1_0_split+c_2_relu_c_2_0_split',
    'ra_1+ra_2',
    'relu_ra_1+relu_ra_2',
    'rb_1+rb_2',
    'r_1+r_2',
    'relu_r_1+relu_r_2',
  ]);
});

test('a branch that only one tower has ends the merge there, and a new one begins behind it', () => {
  const tower = (n: number) => simple(n) + conv(`e_${n}`, `c_${n}`, `e_${n}`, 2, 1, shared(`e_${n}`));
  const text = `${PAIR}${towers(2, tower)}${LOSS.replace('"c_1"', '"e_1"').replace('"c_2"', '"e_2"')}
    layer { name: "aside" type: "Power" bottom: "c_1" top: "aside" }`;
  expect(merged(text)).toEqual(['c_1+c_2', 'relu_c_1+relu_c_2', 'e_1+e_2']);
});

test('the second merge takes its inputs where the first left them: no copy', () => {
  const tower = (n: number) => simple(n) + conv(`e_${n}`, `c_${n}`, `e_${n}`, 2, 1, shared(`e_${n}`));
  const text = `${PAIR}${towers(2, tower)}${LOSS.replace('"c_1"', '"e_1"').replace('"c_2"', '"e_2"')}
    layer { name: "aside" type: "Power" bottom: "c_1" top: "aside" }`;
  const plan = compile(net(text), { train: true });
  const stacks = plan.layers.flatMap(({ type }, l) => (type === 'Stack' ? [l] : []));
  expect(stacks.filter((l) => plan.forward.includes(l)).map((l) => plan.layers[l]!.name)).toEqual(['stack_x_1']);
});

test('a layer that draws random numbers ends the merge in TRAIN, not in TEST', () => {
  const drop = (n: number) =>
    `layer { name: "drop_${n}" type: "Dropout" bottom: "c_${n}" top: "c_${n}" }${conv(`e_${n}`, `c_${n}`, `e_${n}`, 2, 1, shared(`e_${n}`))}`;
  const text = PAIR + towers(2, (n) => simple(n) + drop(n)) + LOSS.replace('"c_1"', '"e_1"').replace('"c_2"', '"e_2"');
  expect(merged(text)).toEqual(['c_1+c_2', 'relu_c_1+relu_c_2', 'e_1+e_2']);
  expect(merged(text, { phase: 'TEST' })).toContain('drop_1+drop_2');
});

test('batch statistics end the merge in TRAIN; in TEST they are fixed numbers', () => {
  const normal = (n: number) =>
    `layer { name: "bn_${n}" type: "BatchNorm" bottom: "c_${n}" top: "c_${n}" ${[0, 1, 2].map((i) => `param { name: "bn${i}" lr_mult: 0 }`).join(' ')} }`;
  const text =
    PAIR +
    towers(2, (n) => conv(`c_${n}`, `x_${n}`, `c_${n}`, 2, 3, shared(`c_${n}`)) + normal(n) + relu(`c_${n}`)) +
    LOSS;
  expect(merged(text)).toEqual(['c_1+c_2']);
  expect(merged(text, { phase: 'TEST' })).toEqual(['c_1+c_2', 'bn_1+bn_2', 'relu_c_1+relu_c_2']);
});

describe('declines', () => {
  const none = (text: string) => expect(merged(text)).toEqual([]);

  test('no shared parameters', () => {
    none(PAIR + towers(2, (n) => conv(`c_${n}`, `x_${n}`, `c_${n}`, 2, 3)) + LOSS);
  });
  test('only some of the parameters shared', () => {
    none(PAIR + towers(2, (n) => conv(`c_${n}`, `x_${n}`, `c_${n}`, 2, 3, 'param { name: "w" }')) + LOSS);
  });
  test('other options', () => {
    const tower = (n: number) => ip(`c_${n}`, `x_${n}`, `c_${n}`, 32, shared(`c_${n}`));
    const flat = tower(2).replace('num_output: 32', 'num_output: 32 axis: 1');
    expect(merged(PAIR + tower(1) + flat + LOSS)).toEqual(['c_1+c_2']);
    const slope =
      PAIR +
      towers(2, simple).replace(
        'name: "relu_c_2" type: "ReLU"',
        'name: "relu_c_2" type: "ReLU" relu_param { negative_slope: 0.1 }',
      ) +
      LOSS;
    expect(merged(slope)).toEqual(['c_1+c_2']);
  });
  test('other batch', () => {
    const text = input(['x_1', 2, 2, 4, 4], ['x_2', 3, 2, 4, 4]) + towers(2, simple);
    none(`${text} layer { name: "q" type: "Silence" bottom: "c_1" bottom: "c_2" }`);
  });
  test('one layer feeding the other: recurrence, not towers', () => {
    const text =
      input(['x_1', 2, 2, 4, 4], ['c_2', 2, 2, 4, 4]) + simple(1) + conv('e', 'c_1', 'e', 2, 3, shared('c_1'));
    none(`${text} ${LOSS.replace('"c_1"', '"e"')}`);
  });
  test('a tower that takes gradients where another does not', () => {
    const text = `${PAIR}${towers(2, simple)}${LOSS}`.replace('bottom: "x_2"', 'bottom: "x_2" propagate_down: true');
    expect(merged(text)).toEqual([]);
  });
  test('layers that work along the batch', () => {
    const soft = (n: number) =>
      `layer { name: "s_${n}" type: "Softmax" bottom: "c_${n}" top: "s_${n}" softmax_param { axis: 0 } }`;
    const text =
      PAIR + towers(2, (n) => simple(n) + soft(n)) + LOSS.replace('"c_1"', '"s_1"').replace('"c_2"', '"s_2"');
    expect(merged(text)).toEqual(['c_1+c_2', 'relu_c_1+relu_c_2']);
  });
  test('a Reshape to a fixed batch', () => {
    const shape = (n: number) =>
      `layer { name: "s_${n}" type: "Reshape" bottom: "c_${n}" top: "s_${n}" reshape_param { shape { dim: 2 dim: -1 } } }`;
    const text =
      PAIR + towers(2, (n) => simple(n) + shape(n)) + LOSS.replace('"c_1"', '"s_1"').replace('"c_2"', '"s_2"');
    expect(merged(text)).toEqual(['c_1+c_2', 'relu_c_1+relu_c_2']);
  });
});

test('a gradient from one tower only', () => {
  const text = `${PAIR}${towers(2, simple)}${LOSS.replace('top: "d"', 'top: "d" propagate_down: true propagate_down: false')}`;
  expect(merged(text)).toEqual([]);
});

test('towers whose layers stand mixed, and a reader between them', () => {
  const text = `${PAIR}${conv('c_1', 'x_1', 'c_1', 2, 3, shared('c_1'))}
    layer { name: "between" type: "Pooling" bottom: "c_1" top: "between" pooling_param { kernel_size: 2 stride: 2 } }
    ${conv('c_2', 'x_2', 'c_2', 2, 3, shared('c_2'))}${pool('c_2', 'p_2')}
    layer { name: "d" type: "EuclideanLoss" bottom: "between" bottom: "p_2" top: "d" }`;
  expect(merged(text)).toEqual(['c_1+c_2', 'between+p_2']);
});

test('unread ends of towers are outputs under their own names', () => {
  const built = net(PAIR + towers(2, simple), { phase: 'TEST' });
  expect(expectEqual(built).outputs).toEqual(['c_1', 'c_2']);
});
