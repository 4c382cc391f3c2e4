/** Prototxt of large nets in a few lines each: CaffeNet, and GoogLeNet with its auxiliary heads, as BVLC's models have them. */

const data = (crop: number, batch: number) => `
layer { name: "data" type: "Data" top: "data" top: "label" transform_param { mirror: true crop_size: ${crop} }
  data_param { source: "ilsvrc12_train_lmdb" batch_size: ${batch} backend: LMDB } }`;

const conv = (name: string, bottom: string, outputs: number, kernel: number, more = '', top = name) => `
layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${top}"
  convolution_param { num_output: ${outputs} kernel_size: ${kernel} ${more} } }`;

const relu = (blob: string, name = `relu_${blob}`) =>
  `\nlayer { name: "${name}" type: "ReLU" bottom: "${blob}" top: "${blob}" }`;

const pool = (name: string, bottom: string, kernel: number, stride: number, more = '') => `
layer { name: "${name}" type: "Pooling" bottom: "${bottom}" top: "${name}"
  pooling_param { pool: MAX kernel_size: ${kernel} stride: ${stride} ${more} } }`;

const lrn = (name: string, bottom: string) => `
layer { name: "${name}" type: "LRN" bottom: "${bottom}" top: "${name}" lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }`;

const ip = (name: string, bottom: string, outputs: number) => `
layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${name}" inner_product_param { num_output: ${outputs} } }`;

const drop = (blob: string, ratio = 0.5) => `
layer { name: "drop_${blob}" type: "Dropout" bottom: "${blob}" top: "${blob}" dropout_param { dropout_ratio: ${ratio} } }`;

const loss = (name: string, bottom: string, weight = 1) => `
layer { name: "${name}" type: "SoftmaxWithLoss" bottom: "${bottom}" bottom: "label" top: "${name}" loss_weight: ${weight} }`;

/** BVLC's reference CaffeNet: pooling before normalisation. */
export const CAFFENET = [
  'name: "CaffeNet"',
  data(227, 256),
  conv('conv1', 'data', 96, 11, 'stride: 4'),
  relu('conv1'),
  pool('pool1', 'conv1', 3, 2),
  lrn('norm1', 'pool1'),
  conv('conv2', 'norm1', 256, 5, 'pad: 2 group: 2'),
  relu('conv2'),
  pool('pool2', 'conv2', 3, 2),
  lrn('norm2', 'pool2'),
  conv('conv3', 'norm2', 384, 3, 'pad: 1'),
  relu('conv3'),
  conv('conv4', 'conv3', 384, 3, 'pad: 1 group: 2'),
  relu('conv4'),
  conv('conv5', 'conv4', 256, 3, 'pad: 1 group: 2'),
  relu('conv5'),
  pool('pool5', 'conv5', 3, 2),
  ip('fc6', 'pool5', 4096),
  relu('fc6'),
  drop('fc6'),
  ip('fc7', 'fc6', 4096),
  relu('fc7'),
  drop('fc7'),
  ip('fc8', 'fc7', 1000),
  loss('loss', 'fc8'),
].join('');

/** 1x1, 3x3 with its reduction, 5x5 with its reduction, and pooling with its projection. */
function inception(name: string, bottom: string, [a, br, b, cr, c, d]: readonly number[]): string {
  const at = (part: string) => `inception_${name}/${part}`;
  return [
    conv(at('1x1'), bottom, a!, 1),
    relu(at('1x1')),
    conv(at('3x3_reduce'), bottom, br!, 1),
    relu(at('3x3_reduce')),
    conv(at('3x3'), at('3x3_reduce'), b!, 3, 'pad: 1'),
    relu(at('3x3')),
    conv(at('5x5_reduce'), bottom, cr!, 1),
    relu(at('5x5_reduce')),
    conv(at('5x5'), at('5x5_reduce'), c!, 5, 'pad: 2'),
    relu(at('5x5')),
    pool(at('pool'), bottom, 3, 1, 'pad: 1'),
    conv(at('pool_proj'), at('pool'), d!, 1),
    relu(at('pool_proj')),
    `\nlayer { name: "${at('output')}" type: "Concat" ${['1x1', '3x3', '5x5', 'pool_proj'].map((p) => `bottom: "${at(p)}"`).join(' ')} top: "${at('output')}" }`,
  ].join('');
}

const auxiliary = (n: number, bottom: string) =>
  [
    `\nlayer { name: "loss${n}/ave_pool" type: "Pooling" bottom: "${bottom}" top: "loss${n}/ave_pool" pooling_param { pool: AVE kernel_size: 5 stride: 3 } }`,
    conv(`loss${n}/conv`, `loss${n}/ave_pool`, 128, 1),
    relu(`loss${n}/conv`),
    ip(`loss${n}/fc`, `loss${n}/conv`, 1024),
    relu(`loss${n}/fc`),
    drop(`loss${n}/fc`, 0.7),
    ip(`loss${n}/classifier`, `loss${n}/fc`, 1000),
    loss(`loss${n}/loss1`, `loss${n}/classifier`, 0.3),
  ].join('');

export const GOOGLENET = [
  'name: "GoogleNet"',
  data(224, 32),
  conv('conv1/7x7_s2', 'data', 64, 7, 'pad: 3 stride: 2'),
  relu('conv1/7x7_s2'),
  pool('pool1/3x3_s2', 'conv1/7x7_s2', 3, 2),
  lrn('pool1/norm1', 'pool1/3x3_s2'),
  conv('conv2/3x3_reduce', 'pool1/norm1', 64, 1),
  relu('conv2/3x3_reduce'),
  conv('conv2/3x3', 'conv2/3x3_reduce', 192, 3, 'pad: 1'),
  relu('conv2/3x3'),
  lrn('conv2/norm2', 'conv2/3x3'),
  pool('pool2/3x3_s2', 'conv2/norm2', 3, 2),
  inception('3a', 'pool2/3x3_s2', [64, 96, 128, 16, 32, 32]),
  inception('3b', 'inception_3a/output', [128, 128, 192, 32, 96, 64]),
  pool('pool3/3x3_s2', 'inception_3b/output', 3, 2),
  inception('4a', 'pool3/3x3_s2', [192, 96, 208, 16, 48, 64]),
  auxiliary(1, 'inception_4a/output'),
  inception('4b', 'inception_4a/output', [160, 112, 224, 24, 64, 64]),
  inception('4c', 'inception_4b/output', [128, 128, 256, 24, 64, 64]),
  inception('4d', 'inception_4c/output', [112, 144, 288, 32, 64, 64]),
  auxiliary(2, 'inception_4d/output'),
  inception('4e', 'inception_4d/output', [256, 160, 320, 32, 128, 128]),
  pool('pool4/3x3_s2', 'inception_4e/output', 3, 2),
  inception('5a', 'pool4/3x3_s2', [256, 160, 320, 32, 128, 128]),
  inception('5b', 'inception_5a/output', [384, 192, 384, 48, 128, 128]),
  `\nlayer { name: "pool5/7x7_s1" type: "Pooling" bottom: "inception_5b/output" top: "pool5/7x7_s1" pooling_param { pool: AVE kernel_size: 7 stride: 1 } }`,
  drop('pool5/7x7_s1', 0.4),
  ip('loss3/classifier', 'pool5/7x7_s1', 1000),
  loss('loss3/loss3', 'loss3/classifier'),
].join('');
