/** buildNet as a whole: what hangs together, what does not, and how that is said. */
import type { SiameseError } from '../../src/errors.js';
import { buildNet } from '../../src/net/net.js';
import { DUMMY, errorOf, ip, loss, net, parse, RECORDS } from './nets.js';

test('an unknown bottom names the nearest blob', () => {
  const text = `${DUMMY}
layer { name: "a" type: "Power" bottom: "xx" top: "y" }`;
  expect(errorOf(() => net(text))).toBe(
    `net.prototxt:4:33: error: layer "a" (Power): unknown bottom blob "xx": no layer before it has such a top
 4 | layer { name: "a" type: "Power" bottom: "xx" top: "y" }
   |                                 ^
  help: did you mean "x"?`,
  );
});

test('a bottom that is made further down, or in another phase only, says so', () => {
  const text = `${DUMMY}
    layer { name: "a" type: "Power" bottom: "later" top: "y" }
    layer { name: "b" type: "Power" bottom: "left out" top: "z" }
    layer { name: "c" type: "Power" bottom: "x" top: "later" }
    layer { name: "d" type: "Power" bottom: "x" top: "left out" include { phase: TEST } }`;
  const message = errorOf(() => net(text));
  expect(message).toContain('help: layer "c" makes it further down: move that layer before this one');
  expect(message).toContain('help: layer "d" makes it, but its include or exclude rules leave it out here');
});

test('a top made twice is an error that names the first maker', () => {
  const text = `${DUMMY}
layer { name: "a" type: "Power" bottom: "x" top: "t" }`;
  expect(errorOf(() => net(text))).toBe(
    `net.prototxt:4:45: error: layer "a" (Power): top blob "t" is made twice: layer "in" makes it already
 4 | layer { name: "a" type: "Power" bottom: "x" top: "t" }
   |                                             ^
  help: give one of the two tops another name`,
  );
});

test('in place means the same place in both lists', () => {
  const text = `${DUMMY} layer { name: "e" type: "Eltwise" bottom: "x" bottom: "t" top: "t" }`;
  expect(errorOf(() => net(text))).toContain('help: to work in place, top 0 must be bottom 0');
});

test('a layer that cannot work in place says so', () => {
  const text = `${DUMMY}
${ip('a', 'x', 'x', 3)}`;
  expect(errorOf(() => net(text))).toContain(
    'net.prototxt:4:52: error: layer "a" (InnerProduct): cannot work in place: top "x" is also its bottom',
  );
});

test.each([
  ['bottom: "x" bottom: "t" top: "y" type: "InnerProduct"', 'needs 1 bottom, but has 2'],
  ['top: "y" type: "InnerProduct"', 'needs 1 bottom, but has none'],
  ['bottom: "x" type: "InnerProduct"', 'needs 1 top, but has none'],
  ['bottom: "x" type: "ContrastiveLoss" top: "l"', 'needs 3 to 4 bottoms, but has 1'],
  ['bottom: "x" top: "y" type: "Eltwise"', 'needs at least 2 bottoms, but has 1'],
  ['bottom: "x" top: "y" type: "Silence"', 'needs no top, but has 1'],
])('%s', (fields, message) => {
  expect(errorOf(() => net(`${DUMMY} layer { name: "a" ${fields} }`))).toContain(message);
});

test("a layer's own complaint points at its field", () => {
  const text = `${DUMMY}
layer { name: "a" type: "InnerProduct" bottom: "x" top: "y"
  inner_product_param { num_output: 3 axis: 5 } }`;
  expect(errorOf(() => net(text))).toMatch(/^net\.prototxt:5:39: error: layer "a" \(InnerProduct\): .*axis 5/);
});

test('unknown types are all named', () => {
  const text = 'layer { name: "a" type: "Convolutoin" } layer { name: "b" type: "Nothing" }';
  const message = errorOf(() => net(text));
  expect(message).toContain('did you mean "Convolution"?');
  expect(message).toContain('"Nothing"');
});

test('outputs are the unread tops in order of their bytes; unnamed loss tops are none', () => {
  const built = net(
    `${DUMMY}
    layer { name: "b" type: "Power" bottom: "x" top: "b" } layer { name: "a" type: "Power" bottom: "x" top: "a" }
    layer { name: "Z" type: "Power" bottom: "x" top: "Z" }
    layer { name: "l" type: "EuclideanLoss" bottom: "t" bottom: "t2" } `
      .replace('top: "t"', 'top: "t" top: "t2"')
      .replace('dim: 2 }', 'dim: 2 } shape { dim: 4 dim: 2 }'),
  );
  expect(built.outputs).toEqual(['Z', 'a', 'b']);
});

test('in place: one blob, whatever the number of layers', () => {
  const built = net(
    `${DUMMY}${ip('a', 'x', 'y', 2)} layer { name: "r" type: "ReLU" bottom: "y" top: "y" }${loss('y')}`,
  );
  expect(built.blobs.map(({ name }) => name)).toEqual(['x', 't', 'y', 'loss']);
  expect(built.layers[2]).toMatchObject({ bottoms: [2], tops: [2] });
});

describe('loss weights', () => {
  const weights = (more: string) => net(DUMMY + ip('a', 'x', 'y', 2) + loss('y', more)).layers.at(-1)!;

  test('a loss layer has 1 unless told otherwise, also in what a snapshot writes', () => {
    expect(weights('').lossWeights).toEqual([1]);
    expect(weights('').param.loss_weight).toEqual([1]);
    expect(weights('loss_weight: 0.5').lossWeights).toEqual([0.5]);
    expect(weights('loss_weight: 0').needsBackward).toBe(false);
  });

  test('other layers have 0', () => {
    expect(net(DUMMY + ip('a', 'x', 'y', 2)).layers[1]!.lossWeights).toEqual([0]);
  });

  test('one per top or none', () => {
    expect(errorOf(() => weights('loss_weight: 1 loss_weight: 2'))).toContain(
      'layer "l" (EuclideanLoss): loss_weight is given 2 times for 1 top',
    );
  });

  test('a second top of a loss layer is no loss by default', () => {
    const built = net(`${DUMMY}${ip('a', 'x', 'y', 2)}
      layer { name: "label" type: "DummyData" top: "label" dummy_data_param { shape { dim: 4 } } }
      layer { name: "s" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" top: "loss" top: "prob" }`);
    expect(built.layers.at(-1)!.lossWeights).toEqual([1, 0]);
  });
});

test('layers carry their phase and the exact spelling of their type', () => {
  const built = net(
    `${DUMMY} layer { name: "a" type: "inner_product" bottom: "x" top: "y" inner_product_param { num_output: 1 } }`,
  );
  expect(built.param.layer!.map(({ type, phase }) => [type, phase])).toEqual([
    ['DummyData', 'TRAIN'],
    ['InnerProduct', 'TRAIN'],
  ]);
});

test('two layers of one name are worth a warning', () => {
  const warnings: SiameseError[] = [];
  net(`${DUMMY} layer { name: "in" type: "Power" bottom: "x" top: "y" }`, {
    warn: (warning) => warnings.push(warning),
  });
  expect(warnings.map(({ message }) => message)).toEqual(['layer "in" (Power): another layer has the same name']);
});

test('building is pure: the same message gives the same net again', () => {
  const param = parse(
    `${DUMMY}${ip('a', 'x', 'y', 2)}${loss('y')} layer { name: "p" type: "Power" bottom: "y" top: "z" }`,
  );
  const before = structuredClone(param);
  const first = buildNet(param, { phase: 'TRAIN', recordShapes: RECORDS });
  expect(param).toEqual(before);
  expect(buildNet(param, { phase: 'TRAIN', recordShapes: RECORDS })).toEqual(first);
  expect(buildNet(first.param, { phase: 'TRAIN', recordShapes: RECORDS }).param).toEqual(first.param);
});
