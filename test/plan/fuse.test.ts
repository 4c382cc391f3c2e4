/** Which ReLUs and poolings are computed by the layer before them. */
import { compile } from '../../src/plan/compile.js';
import { DUMMY, ip, loss, net } from '../net/nets.js';
import { expectEqual } from './equal.js';
import { conv, input, relu } from './nets.js';

const text = (between: string) => `${DUMMY}${ip('a', 'x', 'h', 3)}${between}${ip('c', 'h', 'y', 2)}${loss('y')}`;

function plan(between: string, phase: 'TRAIN' | 'TEST' = 'TRAIN') {
  return expectEqual(net(text(between), { phase }));
}

const fused = (between: string) => plan(between).layers.filter((layer) => layer.attributes.relu === true);

test('in place after an inner product: its forward pass has it, its own backward pass stays', () => {
  const { layers, forward, backward } = plan(relu('h'));
  const r = layers.findIndex(({ type }) => type === 'ReLU');
  expect(layers.find(({ name }) => name === 'a')).toMatchObject({ attributes: { relu: true }, fused: ['relu_h'] });
  expect([forward.includes(r), backward.includes(r)]).toEqual([false, true]);
});

test('with no backward pass the ReLU is gone', () => {
  const { layers } = plan(relu('h'), 'TEST');
  expect(layers.map(({ name }) => name)).toEqual(['in', 'a', 'c', 'l']);
});

test('the net is not changed by it: two compilations are alike', () => {
  const built = net(text(relu('h')));
  expect(compile(built, { train: true })).toEqual(compile(built, { train: true }));
});

test('not with a slope', () => {
  expect(fused(relu('h').replace('type: "ReLU"', 'type: "ReLU" relu_param { negative_slope: 0.1 }'))).toEqual([]);
});

test('not out of place, for the blob before it has a name of its own', () => {
  const between =
    'layer { name: "r" type: "ReLU" bottom: "h" top: "g" } layer { name: "p" type: "Power" bottom: "g" top: "q" }';
  expect(fused(between)).toEqual([]);
});

test('not when something else reads the blob first', () => {
  expect(fused(`layer { name: "p" type: "Power" bottom: "h" top: "q" }${relu('h')}`)).toEqual([]);
});

test('not after another layer in place', () => {
  expect(fused(`layer { name: "d" type: "Dropout" bottom: "h" top: "h" }${relu('h')}`)).toEqual([]);
});

describe('a MAX pooling whose windows do not overlap', () => {
  const pooled = (between: string, pooling = 'kernel_size: 2 stride: 2') => `${input(['x', 2, 2, 4, 4])}
    ${conv('c', 'x', 'c', 3, 3)}${between}
    layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { ${pooling} } }
    ${ip('y', 'p', 'y', 2)} layer { name: "in" type: "DummyData" top: "t" dummy_data_param { shape { dim: 2 dim: 2 } } }${loss('y')}`;
  const taken = (text: string) => expectEqual(net(text)).layers.find(({ name }) => name === 'c')!.fused;

  test('joins the convolution before it, with the ReLU between or without', () => {
    expect(taken(pooled(''))).toEqual(['p']);
    expect(taken(pooled(relu('c')))).toEqual(['relu_c', 'p']);
  });

  test('what lay between is nowhere, and its memory is saved', () => {
    const built = net(pooled(relu('c')));
    const [together, apart] = [compile(built, { train: true }), compile(built, { train: true, fuse: false })];
    expect(together.blobs.some(({ name }) => name === 'c')).toBe(false);
    expect(together.sizes.activation).toBeLessThan(apart.sizes.activation);
  });
});

test('a large convolution of few images keeps its lines whole: no pooling joins it', () => {
  const vgg = (images: number) =>
    net(`${input(['x', images, 64, 56, 56])}${conv('c', 'x', 'c', 64, 3)}
      layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { kernel_size: 2 stride: 2 } }`);
  const fusedIn = (images: number) => compile(vgg(images), { train: false, outputs: ['p'] }).layers.at(-1)!.type;
  expect([fusedIn(1), fusedIn(31), fusedIn(32)]).toEqual(['Pooling', 'Pooling', 'Convolution']);
});

describe('a Scale layer in place after batch normalisation', () => {
  const normal = (scale: string) => `${input(['x', 2, 3, 4, 4])}${conv('c', 'x', 'c', 3, 3)}
    layer { name: "n" type: "BatchNorm" bottom: "c" top: "n" }${scale}${ip('y', 'n', 'y', 2)}
    layer { name: "in" type: "DummyData" top: "t" dummy_data_param { shape { dim: 2 dim: 2 } } }${loss('y')}`;
  const scale = (more = '', top = 'n') =>
    `layer { name: "s" type: "Scale" bottom: "n" top: "${top}" scale_param { bias_term: true ${more} } }`;
  const norm = (text: string) => expectEqual(net(text)).layers.find(({ name }) => name === 'n')!;

  test('joins it with its parameters, and the ReLU after it for the forward pass', () => {
    expect(norm(normal(scale()))).toMatchObject({ attributes: { scale: true }, fused: ['s'] });
    expect(norm(normal(scale())).params).toHaveLength(5);
    expect(norm(normal(scale() + relu('n')))).toMatchObject({ attributes: { relu: true }, fused: ['s', 'relu_n'] });
  });

  test('not one of another extent, nor one out of place', () => {
    expect(norm(normal(scale('num_axes: 2'))).fused).toBeUndefined();
    expect(norm(normal(scale('axis: 0 num_axes: 1'))).fused).toBeUndefined();
    const elsewhere = `${scale('', 'm')}layer { name: "p" type: "Power" bottom: "m" top: "q" }`;
    expect(norm(normal(elsewhere)).fused).toBeUndefined();
  });
});
