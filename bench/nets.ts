/** Nets for timing: a net of pairs, and large towers, each from images in memory to an encoding of 128 and a Euclidean loss. */
import { readNet } from 'siamese';
import type { Net } from './training-step.js';

/** The siamese MNIST net, or the net in `file`, with so many pairs a batch. */
export function netOfPairs(pairs: number, file = 'models/siamese_mnist/train_val.prototxt'): Net {
  const net = readNet(file).message;
  for (const layer of net.layer ?? []) if (layer.data_param) layer.data_param.batch_size = pairs;
  return net;
}

export type TowerName = 'alexnet' | 'resnet50';

export function towerText(name: TowerName, batch: number): string {
  return name === 'alexnet' ? alexnet(batch) : resnet50(batch);
}

const images = (batch: number, size: number) => `
layer { name: "data" type: "DummyData" top: "data" top: "target" dummy_data_param {
  data_filler { value: 0.5 } data_filler { value: 1 } shape { dim: [${batch}, 3, ${size}, ${size}] } shape { dim: [${batch}, 128] } } }`;

const loss = (bottom: string) => `
layer { name: "feat" type: "InnerProduct" bottom: "${bottom}" top: "feat"
  inner_product_param { num_output: 128 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "EuclideanLoss" bottom: "feat" bottom: "target" top: "loss" }`;

const relu = (blob: string) => `\nlayer { name: "relu_${blob}" type: "ReLU" bottom: "${blob}" top: "${blob}" }`;

const conv = (name: string, bottom: string, outputs: number, kernel: number, more = '') => `
layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${name}" convolution_param {
  num_output: ${outputs} kernel_size: ${kernel} weight_filler { type: "msra" } ${more} } }`;

const pool = (name: string, bottom: string, how: string) =>
  `\nlayer { name: "${name}" type: "Pooling" bottom: "${bottom}" top: "${name}" pooling_param { ${how} } }`;

const lrn = (name: string, bottom: string) =>
  `\nlayer { name: "${name}" type: "LRN" bottom: "${bottom}" top: "${name}" lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }`;

const ip = (name: string, bottom: string, outputs: number) => `
layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}"
  inner_product_param { num_output: ${outputs} weight_filler { type: "xavier" } } }`;

/** Krizhevsky et al. 2012 as BVLC's bvlc_alexnet has it, without dropout. */
const alexnet = (batch: number) =>
  [
    images(batch, 227),
    conv('conv1', 'data', 96, 11, 'stride: 4'),
    relu('conv1'),
    lrn('norm1', 'conv1'),
    pool('pool1', 'norm1', 'kernel_size: 3 stride: 2'),
    conv('conv2', 'pool1', 256, 5, 'pad: 2 group: 2'),
    relu('conv2'),
    lrn('norm2', 'conv2'),
    pool('pool2', 'norm2', 'kernel_size: 3 stride: 2'),
    conv('conv3', 'pool2', 384, 3, 'pad: 1'),
    relu('conv3'),
    conv('conv4', 'conv3', 384, 3, 'pad: 1 group: 2'),
    relu('conv4'),
    conv('conv5', 'conv4', 256, 3, 'pad: 1 group: 2'),
    relu('conv5'),
    pool('pool5', 'conv5', 'kernel_size: 3 stride: 2'),
    ip('fc6', 'pool5', 4096),
    relu('fc6'),
    ip('fc7', 'fc6', 4096),
    relu('fc7'),
    loss('fc7'),
  ].join('');

/** He et al. 2015, batch normalisation in training, the stride on the 3 x 3 convolution. */
function resnet50(batch: number): string {
  const parts = [images(batch, 224), normalised('conv1', 'data', 64, 7, 'pad: 3 stride: 2'), relu('conv1_bn')];
  parts.push(pool('pool1', 'conv1_bn', 'kernel_size: 3 stride: 2'));
  let bottom = 'pool1';
  for (const [stage, [blocks, width]] of (
    [
      [3, 64],
      [4, 128],
      [6, 256],
      [3, 512],
    ] as const
  ).entries()) {
    for (let block = 0; block < blocks; block++) {
      const name = `res${stage + 2}${'abcdef'[block]}`;
      const stride = block === 0 && stage > 0 ? 2 : 1;
      parts.push(
        normalised(`${name}_1`, bottom, width, 1),
        relu(`${name}_1_bn`),
        normalised(`${name}_2`, `${name}_1_bn`, width, 3, `pad: 1 stride: ${stride}`),
        relu(`${name}_2_bn`),
        normalised(`${name}_3`, `${name}_2_bn`, 4 * width, 1),
      );
      const shortcut = block === 0 ? `${name}_0_bn` : bottom;
      if (block === 0) parts.push(normalised(`${name}_0`, bottom, 4 * width, 1, `stride: ${stride}`));
      parts.push(
        `\nlayer { name: "${name}" type: "Eltwise" bottom: "${shortcut}" bottom: "${name}_3_bn" top: "${name}" }`,
        relu(name),
      );
      bottom = name;
    }
  }
  parts.push(pool('pool5', bottom, 'pool: AVE global_pooling: true'), loss('pool5'));
  return parts.join('');
}

const normalised = (name: string, bottom: string, outputs: number, kernel: number, more = '') =>
  conv(name, bottom, outputs, kernel, `bias_term: false ${more}`) +
  `\nlayer { name: "${name}_bn" type: "BatchNorm" bottom: "${name}" top: "${name}_bn" }` +
  `\nlayer { name: "${name}_scale" type: "Scale" bottom: "${name}_bn" top: "${name}_bn" scale_param { bias_term: true } }`;
