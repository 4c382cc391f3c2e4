/** Layers of the first prototxt files (V0, before 2014): one flat message whose `type` says what a field means. */
import { SiameseError } from '../errors.js';
import type { NetParameter, V0LayerParameter, V1LayerParameter } from './messages.js';
import { copyPositions, positionOf } from './positions.js';

type Plain = Record<string, unknown>;

/** V0 type names and those of V1. */
const TYPES: Readonly<Record<string, V1LayerParameter['type']>> = {
  accuracy: 'ACCURACY',
  bnll: 'BNLL',
  concat: 'CONCAT',
  conv: 'CONVOLUTION',
  data: 'DATA',
  dropout: 'DROPOUT',
  euclidean_loss: 'EUCLIDEAN_LOSS',
  flatten: 'FLATTEN',
  hdf5_data: 'HDF5_DATA',
  hdf5_output: 'HDF5_OUTPUT',
  im2col: 'IM2COL',
  images: 'IMAGE_DATA',
  infogain_loss: 'INFOGAIN_LOSS',
  innerproduct: 'INNER_PRODUCT',
  lrn: 'LRN',
  multinomial_logistic_loss: 'MULTINOMIAL_LOGISTIC_LOSS',
  pool: 'POOLING',
  relu: 'RELU',
  sigmoid: 'SIGMOID',
  softmax: 'SOFTMAX',
  softmax_loss: 'SOFTMAX_LOSS',
  split: 'SPLIT',
  tanh: 'TANH',
  window_data: 'WINDOW_DATA',
};

/** Where each type keeps its settings in V1. */
const HOMES: Readonly<Record<string, keyof V1LayerParameter>> = {
  conv: 'convolution_param',
  innerproduct: 'inner_product_param',
  pool: 'pooling_param',
  dropout: 'dropout_param',
  lrn: 'lrn_param',
  data: 'data_param',
  hdf5_data: 'hdf5_data_param',
  images: 'image_data_param',
  window_data: 'window_data_param',
  infogain_loss: 'infogain_loss_param',
  concat: 'concat_param',
};

/** Each V0 field: its name in V1 and the types that have it ('transform': any, in transform_param). */
const FIELDS: Readonly<Record<string, { name: string; types: readonly string[] | 'transform' }>> = {
  num_output: { name: 'num_output', types: ['conv', 'innerproduct'] },
  biasterm: { name: 'bias_term', types: ['conv', 'innerproduct'] },
  weight_filler: { name: 'weight_filler', types: ['conv', 'innerproduct'] },
  bias_filler: { name: 'bias_filler', types: ['conv', 'innerproduct'] },
  pad: { name: 'pad', types: ['conv', 'pool'] },
  kernelsize: { name: 'kernel_size', types: ['conv', 'pool'] },
  group: { name: 'group', types: ['conv'] },
  stride: { name: 'stride', types: ['conv', 'pool'] },
  pool: { name: 'pool', types: ['pool'] },
  dropout_ratio: { name: 'dropout_ratio', types: ['dropout'] },
  local_size: { name: 'local_size', types: ['lrn'] },
  alpha: { name: 'alpha', types: ['lrn'] },
  beta: { name: 'beta', types: ['lrn'] },
  k: { name: 'k', types: ['lrn'] },
  source: { name: 'source', types: ['data', 'hdf5_data', 'images', 'window_data', 'infogain_loss'] },
  scale: { name: 'scale', types: 'transform' },
  meanfile: { name: 'mean_file', types: 'transform' },
  cropsize: { name: 'crop_size', types: 'transform' },
  mirror: { name: 'mirror', types: 'transform' },
  batchsize: { name: 'batch_size', types: ['data', 'hdf5_data', 'images', 'window_data'] },
  rand_skip: { name: 'rand_skip', types: ['data', 'images'] },
  shuffle_images: { name: 'shuffle', types: ['images'] },
  new_height: { name: 'new_height', types: ['images'] },
  new_width: { name: 'new_width', types: ['images'] },
  concat_dim: { name: 'concat_dim', types: ['concat'] },
  det_fg_threshold: { name: 'fg_threshold', types: ['window_data'] },
  det_bg_threshold: { name: 'bg_threshold', types: ['window_data'] },
  det_fg_fraction: { name: 'fg_fraction', types: ['window_data'] },
  det_context_pad: { name: 'context_pad', types: ['window_data'] },
  det_crop_mode: { name: 'crop_mode', types: ['window_data'] },
};

/** Settings that became lists, one number per axis. */
const LISTS = new Set(['convolution_param.pad', 'convolution_param.kernel_size', 'convolution_param.stride']);

/** V0 layers as V1 layers; layers that are V1 already stay. `warn` hears of fields that their type does not have. */
export function upgradeV0(net: NetParameter, warn: (warning: SiameseError) => void): V1LayerParameter[] {
  return mergePadding(net).map((layer) => (layer.layer ? upgradeLayer(layer, layer.layer, warn) : layer));
}

function upgradeLayer(
  outer: V1LayerParameter,
  v0: V0LayerParameter,
  warn: (w: SiameseError) => void,
): V1LayerParameter {
  const type = v0.type ?? '';
  const out: V1LayerParameter = {};
  copyPositions(v0, out);
  for (const name of ['bottom', 'top'] as const) if (outer[name]) out[name] = [...outer[name]];
  for (const name of ['name', 'blobs', 'blobs_lr', 'weight_decay', 'hdf5_output_param'] as const) {
    if (v0[name] !== undefined) (out as Plain)[name] = v0[name];
  }
  if (v0.type !== undefined) {
    if (!Object.hasOwn(TYPES, type)) {
      throw new SiameseError('input', `there is no V0 layer type '${type}'`, {
        at: positionOf(v0, 'type'),
        layer: v0.name,
      });
    }
    out.type = TYPES[type];
  }
  for (const [from, { name, types }] of Object.entries(FIELDS)) {
    const value = (v0 as Plain)[from];
    if (value === undefined) continue;
    const home = types === 'transform' ? 'transform_param' : types.includes(type) ? HOMES[type] : undefined;
    if (!home) {
      const message = `a V0 layer of type '${type}' has no '${from}': it has no effect`;
      warn(new SiameseError('input', message, { at: positionOf(v0, from), layer: v0.name }));
      continue;
    }
    const settings = ((out as Plain)[home] ?? {}) as Plain;
    settings[name] = LISTS.has(`${home}.${name}`) ? [value] : value;
    (out as Plain)[home] = settings;
  }
  return out;
}

/** V0 padded by a layer of its own: its pad moves into the convolution or pooling that follows. */
function mergePadding(net: NetParameter): V1LayerParameter[] {
  const layers = net.layers ?? [];
  const makers = new Map<string, V1LayerParameter>();
  const out: V1LayerParameter[] = [];
  for (const layer of layers) {
    let merged = layer;
    layer.bottom?.forEach((bottom, i) => {
      const maker = makers.get(bottom);
      if (maker?.layer?.type !== 'padding') return;
      const type = layer.layer?.type;
      if ((type !== 'conv' && type !== 'pool') || layer.bottom!.length !== 1 || maker.bottom?.length !== 1) {
        const message = `the padding layer '${maker.layer.name}' must have one bottom and feed only convolutions and poolings`;
        throw new SiameseError('input', message, { at: positionOf(layer), layer: layer.layer?.name });
      }
      const inner: V0LayerParameter = { ...layer.layer, pad: maker.layer.pad ?? 0 };
      copyPositions(layer.layer!, inner);
      merged = { ...layer, layer: inner, bottom: layer.bottom!.with(i, maker.bottom[0]!) };
      copyPositions(layer, merged);
    });
    if (layer.layer?.type !== 'padding') out.push(merged);
    for (const top of layer.top ?? []) makers.set(top, layer);
  }
  return out;
}
