/** Parameters shared by name: who owns, whose multipliers count, which order learnable blobs have. */
import type { Net } from '../../src/net/net-types.js';
import { DUMMY, errorOf, ip, loss, net } from './nets.js';

function owned(built: Net) {
  return built.params.map(({ name, layer, index, lr_mult, decay_mult }) => [
    name,
    `${built.layers[layer]!.param.name}[${index}]`,
    lr_mult,
    decay_mult,
  ]);
}

const SHARED = 'param { name: "w" lr_mult: 1 decay_mult: 2 } param { name: "b" lr_mult: 2 decay_mult: 0 }';

test('the first layer with a name owns; later ones use its blob and multipliers', () => {
  const built = net(
    DUMMY +
      ip('a', 'x', 'h1', 3, SHARED) +
      ip('b', 'h1', 'h2', 3, 'param { name: "w" } param { name: "b" }') +
      ip('c', 'h2', 'y', 2, 'param { name: "w2" lr_mult: 0 } param { lr_mult: 1 }') +
      loss('y'),
  );
  expect(owned(built)).toEqual([
    ['w', 'a[0]', 1, 2],
    ['b', 'a[1]', 2, 0],
    ['w2', 'c[0]', 0, 1],
    ['c/1', 'c[1]', 1, 1],
  ]);
  expect(
    built.layers[2]!.params.map(({ id, owner, lr_mult, decay_mult }) => ({ id, owner, lr_mult, decay_mult })),
  ).toEqual([
    { id: 0, owner: false, lr_mult: 1, decay_mult: 2 },
    { id: 1, owner: false, lr_mult: 2, decay_mult: 0 },
  ]);
});

test('a multiplier that only the later layer gives counts for both', () => {
  const built = net(
    DUMMY +
      ip('a', 'x', 'h', 3, 'param { name: "w" } param { name: "b" }') +
      ip('b', 'h', 'g', 3, 'param { name: "w" lr_mult: 3 } param { name: "b" decay_mult: 5 }') +
      ip('c', 'g', 'y', 2) +
      loss('y'),
  );
  expect(owned(built).slice(0, 2)).toEqual([
    ['w', 'a[0]', 3, 1],
    ['b', 'a[1]', 1, 5],
  ]);
  expect(built.layers[1]!.params[0]!.lr_mult).toBe(3);
});

test.each(['lr_mult', 'decay_mult'])('%s given twice and differently is an error at the second place', (field) => {
  const text = `${DUMMY}
${ip('a', 'x', 'h', 3, `param { name: "w" ${field}: 1 }`)}
layer { name: "b" type: "InnerProduct" bottom: "h" top: "y"
  param { name: "w" ${field}: 2 }
  inner_product_param { num_output: 3 } }`;
  expect(errorOf(() => net(text))).toBe(
    `net.prototxt:7:21: error: layer "b" (InnerProduct): ${field} 2 of the shared parameter "w" contradicts 1 in layer "a"
 7 |   param { name: "w" ${field}: 2 }
   |                     ^
  help: give it in one place only, or the same in both`,
  );
});

test('STRICT sharing needs equal shapes, and the error shows both', () => {
  const text = `${DUMMY}
layer { name: "a" type: "InnerProduct" bottom: "x" top: "h" param { name: "w" } inner_product_param { num_output: 6 } }
layer { name: "b" type: "InnerProduct" bottom: "h" top: "y"
  param { name: "w" } inner_product_param { num_output: 2 } }`;
  expect(errorOf(() => net(text))).toBe(
    `net.prototxt:6:3: error: layer "b" (InnerProduct): cannot share parameter "w" with layer "a": its shape here is 2 x 6, there 6 x 3
 6 |   param { name: "w" } inner_product_param { num_output: 2 } }
   |   ^
  help: give the parameter another name, or make the layers alike`,
  );
});

test('equal counts are shared by share_mode PERMISSIVE, and the STRICT error says so', () => {
  const text = (mode: string) =>
    DUMMY +
    ip('a', 'x', 'h', 6, 'param { name: "w" } param { name: "a_b" }') +
    ip('b', 'h', 'y', 3, `param { name: "w" ${mode} }`);
  const built = net(text('share_mode: PERMISSIVE'));
  expect(built.layers[2]!.params[0]).toMatchObject({ id: 0, owner: false, shape: [3, 6] });
  expect(built.params[0]!.shape).toEqual([6, 3]);
  expect(errorOf(() => net(text('')))).toContain('help: share_mode: PERMISSIVE shares blobs of equal count');
});

test('PERMISSIVE still needs equal counts', () => {
  const text =
    DUMMY +
    ip('a', 'x', 'h', 6, 'param { name: "w" }') +
    ip('b', 'h', 'y', 2, 'param { name: "w" share_mode: PERMISSIVE }');
  expect(errorOf(() => net(text))).toContain('its shape here is 2 x 6, there 6 x 3 (12 and 18 elements)');
});

test('more param blocks than parameters is an error at the first too many', () => {
  const text = `${DUMMY}
layer { name: "a" type: "Power" bottom: "x" top: "y"
  param { lr_mult: 1 } }`;
  expect(errorOf(() => net(text))).toBe(
    `net.prototxt:5:3: error: layer "a" (Power): has 1 param blocks, but no parameters
 5 |   param { lr_mult: 1 } }
   |   ^`,
  );
});

test("layers' own state comes after all learnable blobs and is never learned", () => {
  const built = net(
    `${DUMMY}${ip('a', 'x', 'h', 3)}
    layer { name: "labels" type: "DummyData" top: "label" dummy_data_param { shape { dim: 4 } } }
    layer { name: "decode" type: "Decode" bottom: "h" bottom: "label" top: "d" propagate_down: false propagate_down: false }
    layer { name: "quiet" type: "Silence" bottom: "d" }${ip('c', 'h', 'y', 2)}${loss('y')}`,
    { labelCount: 10 },
  );
  expect(built.params.map(({ name, learnable }) => [name, learnable])).toEqual([
    ['a/0', true],
    ['a/1', true],
    ['c/0', true],
    ['c/1', true],
    ['decode/0', false],
    ['decode/1', false],
    ['decode/2', false],
  ]);
  expect(built.layers.find(({ param }) => param.name === 'decode')!.needsBackward).toBe(false);
});

test('running sums are learnable blobs with lr_mult 0, in the net and in what a snapshot writes', () => {
  const built = net(
    `${DUMMY}${ip('a', 'x', 'h', 3)} layer { name: "bn" type: "BatchNorm" bottom: "h" top: "n" }${ip('c', 'n', 'y', 2)}${loss('y')}`,
  );
  expect(built.params.map(({ name, learnable, lr_mult }) => [name, learnable, lr_mult]).slice(2, 5)).toEqual([
    ['bn/0', true, 0],
    ['bn/1', true, 0],
    ['bn/2', true, 0],
  ]);
  const layer = built.layers.find(({ param }) => param.name === 'bn')!;
  expect(layer.param.param).toEqual([{ lr_mult: 0 }, { lr_mult: 0 }, { lr_mult: 0 }]);
  expect(layer.paramPropagateDown).toEqual([false, false, false]);
});
