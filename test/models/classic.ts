/** The plain stacks of BVLC's distribution, and VGG-16: LeNet, CIFAR-10, AlexNet, CaffeNet and what is made from it. */
import { classify, conv, data, drop, input, ip, layer, lrn, net, pool, relu } from './blocks';

export const LENET = net(
  'LeNet',
  data(64, 100, 'scale: 0.00390625'),
  conv('conv1', 'data', 20, 5),
  pool('pool1', 'conv1', 2, 2),
  conv('conv2', 'pool1', 50, 5),
  pool('pool2', 'conv2', 2, 2),
  ip('ip1', 'pool2', 500),
  relu('ip1'),
  ip('ip2', 'ip1', 10),
  classify('ip2'),
);

export const CIFAR10_QUICK = net(
  'CIFAR10_quick',
  data(100, 100, 'mean_file: "mean.binaryproto"'),
  conv('conv1', 'data', 32, 5, 'pad: 2'),
  pool('pool1', 'conv1', 3, 2),
  relu('pool1'),
  conv('conv2', 'pool1', 32, 5, 'pad: 2'),
  relu('conv2'),
  pool('pool2', 'conv2', 3, 2, 'AVE'),
  conv('conv3', 'pool2', 64, 5, 'pad: 2'),
  relu('conv3'),
  pool('pool3', 'conv3', 3, 2, 'AVE'),
  ip('ip1', 'pool3', 64),
  ip('ip2', 'ip1', 10),
  classify('ip2'),
);

const within = 'local_size: 3 alpha: 5e-05 beta: 0.75 norm_region: WITHIN_CHANNEL';
export const CIFAR10_FULL = net(
  'CIFAR10_full',
  data(100, 100, 'mean_file: "mean.binaryproto"'),
  conv('conv1', 'data', 32, 5, 'pad: 2'),
  pool('pool1', 'conv1', 3, 2),
  relu('pool1'),
  lrn('norm1', 'pool1', within),
  conv('conv2', 'norm1', 32, 5, 'pad: 2'),
  relu('conv2'),
  pool('pool2', 'conv2', 3, 2, 'AVE'),
  lrn('norm2', 'pool2', within),
  conv('conv3', 'norm2', 64, 5, 'pad: 2'),
  relu('conv3'),
  pool('pool3', 'conv3', 3, 2, 'AVE'),
  ip('ip1', 'pool3', 10, 'param { lr_mult: 1 decay_mult: 250 } param { lr_mult: 2 decay_mult: 0 }'),
  classify('ip1'),
);

export interface Sizes {
  /** Every layer's outputs are divided by this. */
  thinner?: number;
  /** Of the last layer, and its name. */
  classes?: number;
  last?: string;
}

/** Five convolutions and three full connections; AlexNet normalises before it pools, CaffeNet after. */
export function alexLayers(
  kind: 'AlexNet' | 'CaffeNet',
  { thinner = 1, classes = 1000, last = 'fc8' }: Sizes = {},
): string {
  const n = (outputs: number) => outputs / thinner;
  const shrink = (i: number) =>
    kind === 'AlexNet'
      ? lrn(`norm${i}`, `conv${i}`) + pool(`pool${i}`, `norm${i}`, 3, 2)
      : pool(`pool${i}`, `conv${i}`, 3, 2) + lrn(`norm${i}`, `pool${i}`);
  const end = (i: number) => (kind === 'AlexNet' ? `pool${i}` : `norm${i}`);
  return [
    conv('conv1', 'data', n(96), 11, 'stride: 4'),
    relu('conv1', 'relu1'),
    shrink(1),
    conv('conv2', end(1), n(256), 5, 'pad: 2 group: 2'),
    relu('conv2', 'relu2'),
    shrink(2),
    conv('conv3', end(2), n(384), 3, 'pad: 1'),
    relu('conv3', 'relu3'),
    conv('conv4', 'conv3', n(384), 3, 'pad: 1 group: 2'),
    relu('conv4', 'relu4'),
    conv('conv5', 'conv4', n(256), 3, 'pad: 1 group: 2'),
    relu('conv5', 'relu5'),
    pool('pool5', 'conv5', 3, 2),
    ip('fc6', 'pool5', n(4096)),
    relu('fc6', 'relu6'),
    drop('fc6'),
    ip('fc7', 'fc6', n(4096)),
    relu('fc7', 'relu7'),
    drop('fc7'),
    ip(last, 'fc7', classes),
  ].join('');
}

const imagenet = data(256, 50, 'mirror: true crop_size: 227 mean_file: "imagenet_mean.binaryproto"');
export const ALEXNET = net('AlexNet', imagenet, alexLayers('AlexNet'), classify('fc8'));
export const CAFFENET = net('CaffeNet', imagenet, alexLayers('CaffeNet'), classify('fc8'));
/** Scores of 200 classes for regions, no softmax. */
export const RCNN = net(
  'R-CNN-ilsvrc13',
  'input: "data" input_dim: 10 input_dim: 3 input_dim: 227 input_dim: 227',
  alexLayers('CaffeNet', { classes: 200, last: 'fc-rcnn' }),
);
/** Fine-tuning: a new last layer of 20 classes, learning ten times as fast. */
export const FLICKR = net(
  'FlickrStyleCaffeNet',
  `\nlayer { name: "data" type: "ImageData" top: "data" top: "label" transform_param { crop_size: 227 mirror: true }
  image_data_param { source: "train.txt" batch_size: 50 new_height: 256 new_width: 256 } }`,
  alexLayers('CaffeNet', { classes: 20, last: 'fc8_flickr' }),
  classify('fc8_flickr'),
);
/** CaffeNet for the output of a blob inside, as tools that extract features run it. */
export const FEATURES = net('CaffeNet', imagenet, alexLayers('CaffeNet'), layer('Softmax', 'prob', 'fc8'));

/** Full connections as convolutions, for images of any size. */
export const FULLY_CONVOLUTIONAL = net(
  'CaffeNetConv',
  input('data', [1, 3, 451, 451]),
  alexLayers('CaffeNet').slice(0, alexLayers('CaffeNet').indexOf('\nlayer { name: "fc6"')),
  conv('fc6-conv', 'pool5', 4096, 6),
  relu('fc6-conv', 'relu6'),
  drop('fc6-conv'),
  conv('fc7-conv', 'fc6-conv', 4096, 1),
  relu('fc7-conv', 'relu7'),
  drop('fc7-conv'),
  conv('fc8-conv', 'fc7-conv', 1000, 1),
  layer('Softmax', 'prob', 'fc8-conv'),
);

/** Thirteen convolutions of 3 x 3, pooled five times, and three full connections. */
export function vggLayers({ thinner = 1, classes = 1000, last = 'fc8' }: Sizes = {}): string {
  let bottom = 'data';
  const lines: string[] = [];
  [
    [64, 2],
    [128, 2],
    [256, 3],
    [512, 3],
    [512, 3],
  ].forEach(([outputs, times], stage) => {
    for (let i = 1; i <= times!; i++) {
      const name = `conv${stage + 1}_${i}`;
      lines.push(conv(name, bottom, outputs! / thinner, 3, 'pad: 1'), relu(name));
      bottom = name;
    }
    lines.push(pool(`pool${stage + 1}`, bottom, 2, 2));
    bottom = `pool${stage + 1}`;
  });
  for (const [name, from] of [
    ['fc6', 'pool5'],
    ['fc7', 'fc6'],
  ]) {
    lines.push(ip(name!, from!, 4096 / thinner), relu(name!), drop(name!));
  }
  return [...lines, ip(last, 'fc7', classes)].join('');
}
export const VGG16 = net(
  'VGG_ILSVRC_16_layers',
  input('data', [10, 3, 224, 224]),
  vggLayers(),
  layer('Softmax', 'prob', 'fc8'),
);

/** The example on two-class vectors from HDF5 files: logistic regression, or with a hidden layer. */
export const hdf5Classification = (hidden: boolean) =>
  net(
    'LogisticRegressionNet',
    '\nlayer { name: "data" type: "HDF5Data" top: "data" top: "label" hdf5_data_param { source: "train.txt" batch_size: 10 } }',
    hidden ? ip('fc1', 'data', 40) + relu('fc1') + ip('fc2', 'fc1', 2) : ip('fc1', 'data', 2),
    classify(hidden ? 'fc2' : 'fc1'),
  );

/** Several labels an image, by a Python layer. */
export const PASCAL_MULTILABEL = net(
  'CaffeNet',
  `\nlayer { name: "data" type: "Python" top: "data" top: "label"
  python_param { module: "pascal_multilabel_datalayers" layer: "PascalMultilabelDataLayerSync" param_str: "{}" } }`,
  alexLayers('CaffeNet', { classes: 20, last: 'score' }),
  layer('SigmoidCrossEntropyLoss', 'loss', ['score', 'label']),
);

/** 784-1000-500-250-30 and back, sparse at first, with a cross entropy to train on and a distance to look at. */
export function autoencoder(): string {
  const sizes = [1000, 500, 250];
  const sparse = 'param { lr_mult: 1 decay_mult: 1 } param { lr_mult: 1 decay_mult: 0 }';
  const lines: string[] = [];
  let bottom = 'flatdata';
  const full = (name: string, outputs: number, squash: boolean) => {
    lines.push(ip(name, bottom, outputs, sparse));
    bottom = name;
    if (!squash) return;
    lines.push(layer('Sigmoid', `${name}neuron`, name));
    bottom = `${name}neuron`;
  };
  sizes.forEach((size, i) => {
    full(`encode${i + 1}`, size, true);
  });
  full('encode4', 30, false);
  [...sizes].reverse().forEach((size, i) => {
    full(`decode${4 - i}`, size, true);
  });
  full('decode1', 784, false);
  return net(
    'MNISTAutoencoder',
    '\nlayer { name: "data" type: "Data" top: "data" transform_param { scale: 0.0039215684 } data_param { source: "mnist" batch_size: 100 } }',
    layer('Flatten', 'flatdata', 'data'),
    ...lines,
    layer('SigmoidCrossEntropyLoss', 'cross_entropy_loss', ['decode1', 'flatdata'], 'loss_weight: 1'),
    layer('Sigmoid', 'decode1neuron', 'decode1'),
    layer('EuclideanLoss', 'l2_error', ['decode1neuron', 'flatdata'], 'loss_weight: 0'),
  );
}
