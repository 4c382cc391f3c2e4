/**
 * Spatial pyramid pooling: images of any size as a vector. Level l = 0, 1, ... pools each channel into 2^l x 2^l bins.
 *
 * bottom 0: (N, C, H, W). top 0: (N, C * bins of all levels), level by level; (N, C, 1, 1) for pyramid_height 1. pool MAX or
 * AVE. Source: Caffe spp_layer.cpp. STOCHASTIC is refused, as Caffe's pooling does with padding and
 * on the CPU.
 */
import { filled } from '../proto/schema.js';
import { showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const SPP: LayerType = {
  type: 'SPP',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'spp_param',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    const { pyramid_height, pool } = filled('SPPParameter', context.param.spp_param);
    if (shape.length !== 4)
      context.fail(`blob "${name}" is ${showShape(shape)}, but must be N x C x H x W`, { field: 'bottom[0]' });
    if (!(pyramid_height >= 1)) {
      context.fail(`pyramid_height must be at least 1, not ${pyramid_height}`, { field: 'spp_param.pyramid_height' });
    }
    if (pool === 'STOCHASTIC')
      context.fail('pool STOCHASTIC is not possible with the padding of bins, use MAX or AVE', {
        field: 'spp_param.pool',
      });
    const [batch, channels, height, width] = shape as [number, number, number, number];
    let bins = 0;
    for (let level = 0; level < pyramid_height; level++) {
      checkLevel(context, 2 ** level);
      bins += 4 ** level;
    }
    return {
      tops: [pyramid_height === 1 ? [batch, channels, 1, 1] : [batch, channels * bins]],
      params: [],
      attributes: { height, width, average: pool === 'AVE' },
      layout: { split: 1 },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};

/** As in Caffe, whose pooling refuses a padding as large as the bin. */
function checkLevel(context: LayerContext, bins: number): void {
  const { name, shape } = context.bottoms[0]!;
  for (const size of shape.slice(2)) {
    const bin = Math.ceil(size / bins);
    if (Math.floor((bin * bins - size + 1) / 2) < bin) continue;
    context.fail(`blob "${name}" (${showShape(shape)}) does not divide into ${bins} x ${bins} bins`, {
      field: 'spp_param.pyramid_height',
    });
  }
}
