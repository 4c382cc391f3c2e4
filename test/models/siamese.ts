/** Siamese nets: BVLC's example, and two of any tower with shared parameters. MyCaffe's are in test/proto/mycaffe. */
import type { LayerParameter, NetParameter } from '../../src/proto/messages';
import { parseText } from '../../src/proto/text';
import { conv, input, ip, layer, pool, relu } from './blocks';

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
