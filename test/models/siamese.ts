/** Siamese nets: BVLC's example, two of any tower with shared parameters, and MyCaffe's triplet net. */
import type { LayerParameter, NetParameter } from '../../src/proto/messages';
import { parseText } from '../../src/proto/text';
import { conv, data, input, ip, layer, net, pool, relu } from './blocks';

/** LeNet's tower with two outputs. */
export const LENET_TOWER = [
  conv('conv1', 'data', 20, 5),
  pool('pool1', 'conv1', 2, 2),
  conv('conv2', 'pool1', 50, 5),
  pool('pool2', 'conv2', 2, 2),
  ip('ip1', 'pool2', 500),
  relu('ip1'),
  ip('ip2', 'ip1', 10),
  ip('feat', 'ip2', 2),
].join('');

/** MyCaffe's triplet net: anchors, positives and negatives from one data layer, three towers that share everything. */
export function triplet(): string {
  const tower = (end: string) => {
    const shared = (name: string) => `param { name: "${name}_w" lr_mult: 1 } param { name: "${name}_b" lr_mult: 2 }`;
    const [c1, c2] = [`conv1${end}`, `conv2${end}`];
    return [
      conv(c1, end === '' ? 'anchors' : end === '_p' ? 'positives' : 'negatives', 20, 5, '', shared('conv1')),
      pool(`pool1${end}`, c1, 2, 2),
      conv(c2, `pool1${end}`, 50, 5, '', shared('conv2')),
      pool(`pool2${end}`, c2, 2, 2),
      ip(`ip1${end}`, `pool2${end}`, 500, shared('ip1')),
      relu(`ip1${end}`),
      ip(`ip2${end}`, `ip1${end}`, 10, shared('ip2')),
      ip(`feat${end}`, `ip2${end}`, 2, shared('feat')),
    ].join('');
  };
  return net(
    'TripletNet',
    data(64, 64, 'scale: 0.00390625'),
    `\nlayer { name: "data_seq" type: "DataSequence" bottom: "data" bottom: "label" top: "anchors" top: "positives" top: "negatives" top: "labels"
      data_sequence_param { k: 1 cache_size: 256 output_labels: True label_count: 10 label_start: 0 balance_matches: True } }`,
    tower(''),
    tower('_p'),
    tower('_n'),
    layer(
      'TripletLoss',
      'loss',
      ['feat', 'feat_p', 'feat_n', 'labels'],
      'loss_weight: 1 triplet_loss_param { alpha: 1.1 }',
    ),
    layer('Decode', 'decode1', ['feat', 'labels'], 'decode_param { target: CENTROID centroid_output_iteration: 100 }'),
    layer('AccuracyDecode', 'accuracy1', ['decode1', 'labels'], 'include { phase: TEST }'),
  );
}

/** Blobs of each type; a convolution or full connection has one less without its bias. */
const BLOBS: Record<string, number> = {
  Convolution: 2,
  Deconvolution: 2,
  InnerProduct: 2,
  BatchNorm: 3,
  Scale: 2,
  PReLU: 1,
};

/** A second tower over "data_p", its layers and blobs named with _p, its parameters those of the first. */
export function siamese(
  tower: string,
  [batch, channels, height, width]: readonly number[],
  feat = 'feat',
): NetParameter {
  const parse = (text: string) => parseText('NetParameter', text, 'siamese.prototxt').message.layer ?? [];
  const towers = parse(tower).map(share);
  return {
    name: 'siamese',
    layer: [
      ...parse(
        input('pair_data', [batch!, 2 * channels!, height!, width!]) +
          input('sim', [batch!]) +
          `\nlayer { name: "slice_pair" type: "Slice" bottom: "pair_data" top: "data" top: "data_p" slice_param { slice_dim: 1 slice_point: ${channels} } }`,
      ),
      ...towers,
      ...towers.map(twin),
      ...parse(layer('ContrastiveLoss', 'loss', [feat, `${feat}_p`, 'sim'])),
    ],
  };
}

function share(one: LayerParameter): LayerParameter {
  const { convolution_param: c, name, type } = one;
  const blobs = (BLOBS[type ?? ''] ?? 0) - (c?.bias_term === false ? 1 : 0);
  if (blobs === 0) return one;
  const param = Array.from({ length: blobs }, (_, i) => ({ ...one.param?.[i], name: `${name}_${i}` }));
  return { ...one, param };
}

function twin(one: LayerParameter): LayerParameter {
  const other = (names: string[] | undefined) => (names ?? []).map((name) => `${name}_p`);
  return { ...one, name: `${one.name}_p`, bottom: other(one.bottom), top: other(one.top) };
}
