/** Parameters, operations and memory of known nets, and warnings for towers that share too little. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildNet } from '../../src/net/net';
import { sharingWarnings } from '../../src/net/sharing';
import { summarize } from '../../src/net/summary';
import { parseNet } from '../../src/proto/files';
import { CAFFENET, GOOGLENET } from './big-nets';

const SIAMESE = readFileSync(path.join(__dirname, '../../models/siamese_mnist/train_val.prototxt'), 'utf8');

function build(text: string, shape: [number, number, number], phase: 'TRAIN' | 'TEST' = 'TRAIN') {
  const { message } = parseNet(text, 'net.prototxt');
  return buildNet(message, { phase, recordShapes: () => shape, labelCount: 10 });
}

test('CaffeNet: the published number of parameters, multiply-adds and the outputs of its layers', () => {
  const { parameters, state, flops, layers, batch } = summarize(build(CAFFENET, [3, 227, 227], 'TEST'));
  expect([parameters, state, batch]).toEqual([60_965_224, 0, 256]);
  const products = layers.filter(({ type }) => type === 'Convolution' || type === 'InnerProduct');
  const bias = products.reduce((sum, { tops }) => sum + tops[0]!.shape.reduce((n, d) => n * d), 0);
  const multiplyAdds = (products.reduce((sum, layer) => sum + layer.forward, 0) - bias) / 2 / batch;
  // 96*55*55*363 + 256*27*27*1200 + 384*13*13*2304 + 384*13*13*1728 + 256*13*13*1728 + 9216*4096 + 4096*4096 + 4096*1000
  expect(multiplyAdds).toBe(724_406_816);
  expect(flops.forward).toBeGreaterThan(2 * multiplyAdds * batch);
  expect(flops.backward).toBe(0);
  expect(layers.find(({ name }) => name === 'pool5')!.tops[0]!.shape).toEqual([256, 256, 6, 6]);
});

test('GoogLeNet with both auxiliary heads; Splits that Caffe inserts are not shown', () => {
  const { parameters, layers } = summarize(build(GOOGLENET, [3, 224, 224]));
  expect(parameters).toBe(13_378_280);
  expect(layers.some(({ type }) => type === 'Split')).toBe(false);
  expect(layers.find(({ name }) => name === 'inception_4a/1x1')!.bottoms).toEqual(['pool3/3x3_s2']);
});

test('backward costs twice the forward pass, less where no gradient goes to the data', () => {
  const { layers } = summarize(build(SIAMESE, [1, 28, 28]));
  const of = (name: string) => layers.find((layer) => layer.name === name)!;
  const bias = 64 * 20 * 24 * 24;
  expect(of('conv1').forward).toBe(2 * bias * 25 + bias);
  expect(of('conv1').backward).toBe(of('conv1').forward);
  expect(of('conv2').backward).toBe(2 * (of('conv2').forward - 64 * 50 * 64) + 64 * 50 * 64);
});

test('shared parameters count once, with their owner', () => {
  const summary = summarize(build(SIAMESE, [1, 28, 28]));
  expect([summary.parameters, summary.saved]).toEqual([431_102, 431_102]);
  expect(summary.layers.find(({ name }) => name === 'conv2_p')!.params.map(({ shared }) => shared)).toEqual([
    'conv2',
    'conv2',
  ]);
  expect(sharingWarnings(build(SIAMESE, [1, 28, 28]))).toEqual([]);
});

const BATCH_NORM = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" }
layer { name: "scale" type: "Scale" bottom: "y" top: "z" scale_param { bias_term: true } }`;

test('running statistics are no learnable parameters', () => {
  expect(summarize(build(BATCH_NORM, [3, 4, 4]))).toMatchObject({ parameters: 6, state: 7 });
});

test('towers without common names, and one layer of a tower with a slip in its name', () => {
  const none = sharingWarnings(build(SIAMESE.replace(/param \{ name: "[^"]*"/g, 'param {'), [1, 28, 28]));
  expect(none.map(({ message }) => message)).toEqual([
    'layer "loss" (ContrastiveLoss): its bottoms "feat" and "feat_p" come from towers that share no parameters',
  ]);
  // Both params of conv2, in the first tower only.
  const at = SIAMESE.indexOf('name: "conv2"');
  const slip =
    SIAMESE.slice(0, at) + SIAMESE.slice(at).replace('"conv2_w"', '"conv2_ww"').replace('"conv2_b"', '"conv2_bb"');
  const [warning, ...more] = sharingWarnings(build(slip, [1, 28, 28]));
  expect(more).toEqual([]);
  expect(warning!.message).toBe(
    'layer "conv2_p" (Convolution): does not share its params with "conv2" of the other tower: the first is named "conv2_w", there "conv2_ww"',
  );
  const bias = slip.replace('"conv2_ww"', '"conv2_w"');
  expect(sharingWarnings(build(bias, [1, 28, 28]))[0]!.message).toContain(
    'does not share its second param with "conv2" of the other tower: it is named "conv2_b", there "conv2_bb"',
  );
  expect(warning!.at).toMatchObject({ file: 'net.prototxt' });
});

test('a name used once that is nearly another, where no towers are compared', () => {
  const layer = (name: string, param: string) =>
    `layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "${name}" param { name: "${param}" } inner_product_param { num_output: 4 bias_term: false } }`;
  const text = (last: string) =>
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 } } }\n${layer('a', 'weights')}${layer('b', 'weights')}${layer('c', last)}`;
  expect(sharingWarnings(build(text('wieghts'), [1, 1, 1]))[0]).toMatchObject({
    message: expect.stringContaining('no other layer uses the parameter name "wieghts"'),
    help: 'did you mean "weights"?',
  });
  expect(sharingWarnings(build(text('weights2'), [1, 1, 1]))).toEqual([]);
});
