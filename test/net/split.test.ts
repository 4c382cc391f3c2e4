/** Split layers: where they go, what they are called, and who carries a loss weight. */
import { insertSplits } from '../../src/net/split.js';
import { positionOf } from '../../src/proto/positions.js';
import { parse, wiring } from './nets.js';

const READ_TWICE = `
  layer { name: "in" type: "Input" top: "x" }
  layer { name: "p" type: "Power" bottom: "x" top: "h" }
  layer { name: "a" type: "Power" bottom: "h" top: "a" }
  layer { name: "b" type: "Power" bottom: "h" top: "b" }`;

test('a top with two readers gets a Split right after its layer, tops in order of the readers', () => {
  expect(wiring(insertSplits(parse(READ_TWICE)))).toEqual([
    'in()->(x)',
    'p(x)->(h)',
    'h_p_0_split(h)->(h_p_0_split_0 h_p_0_split_1)',
    'a(h_p_0_split_0)->(a)',
    'b(h_p_0_split_1)->(b)',
  ]);
});

test('the number of the top is in the name; several tops of one layer split in their order', () => {
  const param = parse(`
    layer { name: "in" type: "Input" top: "x" top: "y" }
    layer { name: "a" type: "Eltwise" bottom: "y" bottom: "x" top: "a" }
    layer { name: "b" type: "Eltwise" bottom: "x" bottom: "y" top: "b" }`);
  expect(wiring(insertSplits(param))).toEqual([
    'in()->(x y)',
    'x_in_0_split(x)->(x_in_0_split_0 x_in_0_split_1)',
    'y_in_1_split(y)->(y_in_1_split_0 y_in_1_split_1)',
    'a(y_in_1_split_0 x_in_0_split_0)->(a)',
    'b(x_in_0_split_1 y_in_1_split_1)->(b)',
  ]);
});

test('an in-place layer makes its blob anew: readers after it share a Split named after it', () => {
  const param = parse(`
    layer { name: "in" type: "Input" top: "h" }
    layer { name: "sc" type: "ReLU" bottom: "h" top: "h" }
    layer { name: "a" type: "Power" bottom: "h" top: "a" }
    layer { name: "b" type: "Power" bottom: "h" top: "b" }`);
  expect(wiring(insertSplits(param))).toEqual([
    'in()->(h)',
    'sc(h)->(h)',
    'h_sc_0_split(h)->(h_sc_0_split_0 h_sc_0_split_1)',
    'a(h_sc_0_split_0)->(a)',
    'b(h_sc_0_split_1)->(b)',
  ]);
});

test('an in-place layer after another reader works on its own split top, out of place', () => {
  const param = parse(`
    layer { name: "in" type: "Input" top: "h" }
    layer { name: "a" type: "Power" bottom: "h" top: "a" }
    layer { name: "relu" type: "ReLU" bottom: "h" top: "h" }
    layer { name: "b" type: "Power" bottom: "h" top: "b" }`);
  expect(wiring(insertSplits(param))).toEqual([
    'in()->(h)',
    'h_in_0_split(h)->(h_in_0_split_0 h_in_0_split_1)',
    'a(h_in_0_split_0)->(a)',
    'relu(h_in_0_split_1)->(h)',
    'b(h)->(b)',
  ]);
});

test('an explicit loss weight counts as a reader and moves to the first split top', () => {
  const param = parse(`
    layer { name: "in" type: "Input" top: "x" }
    layer { name: "p" type: "Power" bottom: "x" top: "h" loss_weight: 2 }
    layer { name: "a" type: "Power" bottom: "h" top: "a" }`);
  const split = insertSplits(param);
  expect(wiring(split)).toEqual([
    'in()->(x)',
    'p(x)->(h)',
    'h_p_0_split(h)->(h_p_0_split_0 h_p_0_split_1)',
    'a(h_p_0_split_1)->(a)',
  ]);
  expect(split.layer![2]!.loss_weight).toEqual([2, 0]);
  expect(split.layer![1]!.loss_weight).toEqual([0]);
});

test('the other loss weights of that layer stay (Caffe would drop them)', () => {
  const param = parse(`
    layer { name: "in" type: "Input" top: "x" top: "y" loss_weight: 2 loss_weight: 3 }
    layer { name: "a" type: "Power" bottom: "x" top: "a" }`);
  const split = insertSplits(param);
  expect(split.layer!.map(({ loss_weight }) => loss_weight)).toEqual([[0, 3], [2, 0], undefined]);
});

test('a loss that only one layer reads, or none, has no Split', () => {
  const param = parse(`
    layer { name: "in" type: "Input" top: "x" top: "unread" }
    layer { name: "l" type: "Reduction" bottom: "x" top: "loss" loss_weight: 1 }`);
  expect(insertSplits(param)).toBe(param);
});

test('a second time changes nothing, and the input is left alone', () => {
  const param = parse(READ_TWICE);
  const before = structuredClone(param);
  const once = insertSplits(param);
  expect(insertSplits(once)).toBe(once);
  expect(param).toEqual(before);
});

test('copied layers keep their positions, and a Split has that of its producer', () => {
  const split = insertSplits(parse(READ_TWICE));
  expect(positionOf(split.layer![3]!, 'bottom[0]')).toMatchObject({ file: 'net.prototxt', line: 4, column: 35 });
  expect(positionOf(split.layer![2]!)?.line).toBe(3);
});
