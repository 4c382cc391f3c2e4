/** GoogLeNet and ResNet-50: nets whose blobs have several readers. */
import { conv, data, drop, input, ip, layer, lrn, net, pool, relu } from './blocks';
import type { Sizes } from './classic';

/** 1x1, 3x3 and 5x5 with their reductions, and pooling with its projection, side by side. */
function inception(name: string, bottom: string, [a, br, b, cr, c, d]: readonly number[], thinner: number): string {
  const at = (part: string) => `inception_${name}/${part}`;
  const one = (part: string, from: string, outputs: number, kernel: number, more = '') =>
    conv(at(part), from, outputs / thinner, kernel, more) + relu(at(part));
  return [
    one('1x1', bottom, a!, 1),
    one('3x3_reduce', bottom, br!, 1),
    one('3x3', at('3x3_reduce'), b!, 3, 'pad: 1'),
    one('5x5_reduce', bottom, cr!, 1),
    one('5x5', at('5x5_reduce'), c!, 5, 'pad: 2'),
    pool(at('pool'), bottom, 3, 1, 'MAX', 'pad: 1'),
    one('pool_proj', at('pool'), d!, 1),
    layer('Concat', at('output'), ['1x1', '3x3', '5x5', 'pool_proj'].map(at)),
  ].join('');
}

const INCEPTIONS: Record<string, readonly number[]> = {
  '3a': [64, 96, 128, 16, 32, 32],
  '3b': [128, 128, 192, 32, 96, 64],
  '4a': [192, 96, 208, 16, 48, 64],
  '4b': [160, 112, 224, 24, 64, 64],
  '4c': [128, 128, 256, 24, 64, 64],
  '4d': [112, 144, 288, 32, 64, 64],
  '4e': [256, 160, 320, 32, 128, 128],
  '5a': [256, 160, 320, 32, 128, 128],
  '5b': [384, 192, 384, 48, 128, 128],
};

/** From "data" to the last full connection; with `heads` the two auxiliary classifiers, which need 224 x 224. */
export function googleLayers({
  thinner = 1,
  classes = 1000,
  last = 'loss3/classifier',
  heads = false,
}: Sizes & { heads?: boolean } = {}): string {
  const one = (name: string, from: string, outputs: number, kernel: number, more: string) =>
    conv(name, from, outputs / thinner, kernel, more) + relu(name);
  const lines = [
    one('conv1/7x7_s2', 'data', 64, 7, 'pad: 3 stride: 2'),
    pool('pool1/3x3_s2', 'conv1/7x7_s2', 3, 2),
    lrn('pool1/norm1', 'pool1/3x3_s2'),
    one('conv2/3x3_reduce', 'pool1/norm1', 64, 1, ''),
    one('conv2/3x3', 'conv2/3x3_reduce', 192, 3, 'pad: 1'),
    lrn('conv2/norm2', 'conv2/3x3'),
    pool('pool2/3x3_s2', 'conv2/norm2', 3, 2),
  ];
  let bottom = 'pool2/3x3_s2';
  for (const [name, sizes] of Object.entries(INCEPTIONS)) {
    lines.push(inception(name, bottom, sizes, thinner));
    bottom = `inception_${name}/output`;
    if (heads && name === '4a') lines.push(head(1, bottom, classes));
    if (heads && name === '4d') lines.push(head(2, bottom, classes));
    if (name !== '3b' && name !== '4e') continue;
    const pooled = `pool${name[0]}/3x3_s2`;
    lines.push(pool(pooled, bottom, 3, 2));
    bottom = pooled;
  }
  lines.push(layer('Pooling', 'pool5/7x7_s1', bottom, 'pooling_param { pool: AVE global_pooling: true }'));
  return [...lines, drop('pool5/7x7_s1', 0.4), ip(last, 'pool5/7x7_s1', classes)].join('');
}

function head(n: number, bottom: string, classes: number): string {
  const at = (part: string) => `loss${n}/${part}`;
  return [
    pool(at('ave_pool'), bottom, 5, 3, 'AVE'),
    conv(at('conv'), at('ave_pool'), 128, 1),
    relu(at('conv')),
    ip(at('fc'), at('conv'), 1024),
    relu(at('fc')),
    drop(at('fc'), 0.7),
    ip(at('classifier'), at('fc'), classes),
    layer('SoftmaxWithLoss', at('loss'), [at('classifier'), 'label'], `loss_weight: 0.3`, at('loss1')),
    layer('Accuracy', at('top-1'), [at('classifier'), 'label'], 'include { phase: TEST }'),
    layer('Accuracy', at('top-5'), [at('classifier'), 'label'], 'include { phase: TEST } accuracy_param { top_k: 5 }'),
  ].join('');
}

export const GOOGLENET = net(
  'GoogleNet',
  data(32, 50, 'mirror: true crop_size: 224 mean_value: 104 mean_value: 117 mean_value: 123'),
  googleLayers({ heads: true }),
  layer('SoftmaxWithLoss', 'loss3/loss3', ['loss3/classifier', 'label'], 'loss_weight: 1'),
  layer('Accuracy', 'loss3/top-1', ['loss3/classifier', 'label'], 'include { phase: TEST }'),
  layer(
    'Accuracy',
    'loss3/top-5',
    ['loss3/classifier', 'label'],
    'include { phase: TEST } accuracy_param { top_k: 5 }',
  ),
);
export const GOOGLENET_DEPLOY = net(
  'GoogleNet',
  input('data', [10, 3, 224, 224]),
  googleLayers(),
  layer('Softmax', 'prob', 'loss3/classifier'),
);

/** Bottlenecks of 1x1, 3x3, 1x1 beside a shortcut; normalisation as BatchNorm and Scale, in place. */
export function resnetLayers({ thinner = 1, classes = 1000, last = 'fc1000' }: Sizes = {}): string {
  const lines: string[] = [];
  const unit = (name: string, bottom: string, outputs: number, kernel: number, more: string) => {
    lines.push(
      conv(name, bottom, outputs / thinner, kernel, `${more} bias_term: false`),
      layer('BatchNorm', `bn_${name}`, name, '', name),
      layer('Scale', `scale_${name}`, name, 'scale_param { bias_term: true }', name),
    );
    return name;
  };
  unit('conv1', 'data', 64, 7, 'pad: 3 stride: 2');
  lines.push(relu('conv1'), pool('pool1', 'conv1', 3, 2));
  let bottom = 'pool1';
  [3, 4, 6, 3].forEach((blocks, s) => {
    const width = 64 * 2 ** s;
    for (let b = 0; b < blocks; b++) {
      const name = `res${s + 2}${'abcdef'[b]}`;
      const stride = b === 0 && s > 0 ? 'stride: 2' : '';
      const shortcut = b === 0 ? unit(`${name}_branch1`, bottom, 4 * width, 1, stride) : bottom;
      const first = unit(`${name}_branch2a`, bottom, width, 1, stride);
      lines.push(relu(first));
      const second = unit(`${name}_branch2b`, first, width, 3, 'pad: 1');
      lines.push(relu(second));
      const third = unit(`${name}_branch2c`, second, 4 * width, 1, '');
      lines.push(layer('Eltwise', name, [shortcut, third]), relu(name));
      bottom = name;
    }
  });
  lines.push(layer('Pooling', 'pool5', bottom, 'pooling_param { pool: AVE global_pooling: true }'));
  return [...lines, ip(last, 'pool5', classes)].join('');
}
export const RESNET50 = net(
  'ResNet-50',
  input('data', [1, 3, 224, 224]),
  resnetLayers(),
  layer('Softmax', 'prob', 'fc1000'),
);
