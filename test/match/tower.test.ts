import path from 'node:path';
import { cutTower, deployNet } from '../../src/match/index';
import { parseNet, readNet } from '../../src/proto/files';
import { formatText } from '../../src/proto/text';

const net = (text: string) => parseNet(text, 'net.prototxt').message;
const names = (tower: ReturnType<typeof cutTower>) => tower.layers.map((layer) => layer.name);

const TOWER = ['conv1', 'pool1', 'conv2', 'pool2', 'ip1', 'relu1', 'ip2', 'feat'];

test("Caffe's example: from the slice's first top to what the loss compares", () => {
  const tower = cutTower(readNet(path.join(__dirname, '..', 'golden', 'mini', 'train_test.prototxt')).message);
  expect(tower).toMatchObject({
    net: 'mini_siamese',
    input: 'data',
    encoding: 'feat',
    transform: { scale: 0.00390625 },
  });
  expect(names(tower)).toEqual(TOWER.filter((name) => name !== 'ip2'));
});

test("MyCaffe's model: rules and labels are left behind", () => {
  const tower = cutTower(readNet(path.join(__dirname, '..', 'proto', 'mycaffe', 'train_val.prototxt')).message);
  expect(tower).toMatchObject({ input: 'data', encoding: 'feat' });
  expect(names(tower)).toEqual(TOWER);
  expect(tower.layers.every((layer) => !layer.include && !layer.exclude && !layer.loss_weight)).toBe(true);
});

test.each(['axis: 2', 'axis: -1', 'slice_dim: 3'])('a Slice of rows or columns (%s) belongs to the tower', (axis) => {
  const tower = cutTower(
    net(`layer { name: "d" type: "Data" top: "image" top: "label" }
  layer { name: "rows" type: "Slice" bottom: "image" top: "a" top: "b" slice_param { ${axis} } }
  layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "f" }`),
    { encoding: 'f' },
  );
  expect(tower.input).toBe('image');
  expect(names(tower)).toEqual(['rows', 'sum']);
});

const PAIRS = `
  name: "n"
  layer { name: "d" type: "Data" top: "pair" top: "sim" include { phase: TRAIN }
    transform_param { scale: 0.5 mirror: true crop_size: 20 } data_param { images_per_blob: 2 } }
  layer { name: "d" type: "Data" top: "pair" top: "sim" include { phase: TEST }
    transform_param { scale: 0.25 mirror: true crop_size: 24 } data_param { images_per_blob: 2 } }
  layer { name: "s" type: "Slice" bottom: "pair" top: "a" top: "b" slice_param { slice_point: 3 } }
  layer { name: "f" type: "InnerProduct" bottom: "a" top: "f" param { name: "w" } inner_product_param { num_output: 4 } }
  layer { name: "drop" type: "Dropout" bottom: "f" top: "f" include { phase: TRAIN } }
  layer { name: "r" type: "ReLU" bottom: "f" top: "f" propagate_down: true }
  layer { name: "g" type: "InnerProduct" bottom: "b" top: "g" param { name: "w" } inner_product_param { num_output: 4 } }
  layer { name: "l" type: "ContrastiveLoss" bottom: "f" bottom: "g" bottom: "sim" top: "l" loss_weight: 2 }`;

test('as it is tested: TEST transform without chance, no layer for training only, in-place layers in order', () => {
  const tower = cutTower(net(PAIRS));
  expect(tower.transform).toEqual({ scale: 0.25, crop_size: 24 });
  expect(tower.layers).toEqual([
    {
      name: 'f',
      type: 'InnerProduct',
      bottom: ['a'],
      top: ['f'],
      param: [{ name: 'w' }],
      inner_product_param: { num_output: 4 },
    },
    { name: 'r', type: 'ReLU', bottom: ['f'], top: ['f'] },
  ]);
});

test('the deploy net has one image as input and keeps the transform', () => {
  const text = formatText('NetParameter', deployNet(cutTower(net(PAIRS)), [3, 28, 28]));
  expect(text.replace(/\s+/g, ' ')).toContain(
    'name: "n" layer { name: "a" type: "Input" top: "a" transform_param { scale: 0.25 crop_size: 24 } ' +
      'input_param { shape { dim: 1 dim: 3 dim: 24 dim: 24 } } } layer { name: "f"',
  );
});

test('a deploy net is cut to itself', () => {
  const deploy = deployNet(cutTower(net(PAIRS)), [3, 28, 28]);
  const again = cutTower(deploy, { encoding: 'f' });
  expect(deployNet(again, [3, 24, 24])).toEqual(deploy);
});

test('a named blob, of the other tower or further down', () => {
  const other = cutTower(net(PAIRS), { encoding: 'g' });
  expect(other).toMatchObject({ input: 'b', encoding: 'g' });
  expect(names(other)).toEqual(['g']);
});

test('single images without pairs, and a net that compares only in TRAIN', () => {
  const tower = cutTower(
    net(`
    layer { name: "d" type: "Data" top: "x" top: "label" include { phase: TRAIN } transform_param { scale: 0.5 } }
    layer { name: "f" type: "InnerProduct" bottom: "x" top: "f" }
    layer { name: "dec" type: "Decode" bottom: "f" bottom: "label" top: "dist" include { phase: TRAIN } }`),
  );
  expect(tower).toMatchObject({ input: 'x', encoding: 'f', transform: { scale: 0.5 } });
});

test('branches that meet again', () => {
  const tower = cutTower(
    net(`
    layer { name: "d" type: "Data" top: "x" }
    layer { name: "p" type: "Pooling" bottom: "x" top: "p" }
    layer { name: "q" type: "Pooling" bottom: "x" top: "q" }
    layer { name: "unused" type: "Pooling" bottom: "x" top: "u" }
    layer { name: "c" type: "Concat" bottom: "q" bottom: "p" top: "c" }
    layer { name: "cut" type: "Slice" bottom: "c" top: "c0" top: "c1" }
    layer { name: "f" type: "InnerProduct" bottom: "c1" top: "f" }`),
    { encoding: 'f' },
  );
  expect(names(tower)).toEqual(['p', 'q', 'c', 'cut', 'f']);
  expect(tower.input).toBe('x');
});

test.each([
  [
    'nothing compares encodings',
    'layer { name: "d" type: "Data" top: "x" }',
    {},
    /has no layer that compares encodings/,
  ],
  ['a blob that is not there', PAIRS, { encoding: 'ff' }, /has no blob "ff"/],
  ['the data itself', PAIRS, { encoding: 'a' }, /"a" is no encoding/],
  [
    'both images at once',
    `layer { name: "d" type: "Data" top: "x" data_param { images_per_blob: 2 } }
     layer { name: "f" type: "InnerProduct" bottom: "x" top: "f" }`,
    { encoding: 'f' },
    /depends on both images of a pair: no Slice parts them/,
  ],
  [
    'two inputs',
    `layer { name: "d" type: "Data" top: "x" top: "y" }
     layer { name: "f" type: "Concat" bottom: "x" bottom: "y" top: "f" }`,
    { encoding: 'f' },
    /depends on two inputs, "[xy]" and "[xy]"/,
  ],
])('%s is an error', (_what, text, options, message) => {
  expect(() => cutTower(net(text), options)).toThrow(
    expect.objectContaining({ code: 'input', message: expect.stringMatching(message) }),
  );
});
