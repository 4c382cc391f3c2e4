/**
 * Spatial pyramid pooling: images of any size as a vector. Level l = 0, 1, ... pools each channel into 2^l x 2^l bins.
 *
 * bottom 0: (N, C, H, W). top 0: (N, C * bins of all levels), level by level; (N, C, 1, 1) for pyramid_height 1. pool is MAX,
 * AVE, or STOCHASTIC as in Pooling: each bin of each level draws for itself. STOCHASTIC takes no padding, as in Caffe, so H and
 * W must be multiples of the last level's bins. Source: Caffe spp_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const SPP: LayerType = {
  type: 'SPP',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'spp_param',
  batchDependent: ({ spp_param }, phase) => phase === 'TRAIN' && spp_param?.pool === 'STOCHASTIC',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    const { pyramid_height, pool } = filled('SPPParameter', context.param.spp_param);
    if (shape.length !== 4)
      context.fail(`blob "${name}" is ${showShape(shape)}, but must be N x C x H x W`, { field: 'bottom[0]' });
    if (!(pyramid_height >= 1)) {
      context.fail(`pyramid_height must be at least 1, not ${pyramid_height}`, { field: 'spp_param.pyramid_height' });
    }
    const [batch, channels, height, width] = shape as [number, number, number, number];
    let bins = 0;
    for (let level = 0; level < pyramid_height; level++) {
      checkLevel(context, 2 ** level, pool === 'STOCHASTIC');
      bins += 4 ** level;
    }
    return {
      tops: [pyramid_height === 1 ? [batch, channels, 1, 1] : [batch, channels * bins]],
      params: [],
      attributes: { height, width, pool, ...(pool === 'STOCHASTIC' && { sample: context.phase === 'TRAIN' }) },
      layout: { split: 1 },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};

/** As in Caffe, whose pooling refuses a padding as large as the bin, and STOCHASTIC any. */
function checkLevel(context: LayerContext, bins: number, whole: boolean): void {
  const { name, shape } = context.bottoms[0]!;
  for (const size of shape.slice(2)) {
    const bin = Math.ceil(size / bins);
    if (whole && bin * bins !== size) {
      context.fail(
        `pool STOCHASTIC takes no padding, as in Caffe, but blob "${name}" (${showShape(shape)}) does not divide evenly into ${bins} x ${bins} bins`,
        { field: 'spp_param.pool', help: 'use MAX or AVE, or a smaller pyramid_height' },
      );
    }
    if (Math.floor((bin * bins - size + 1) / 2) < bin) continue;
    context.fail(`blob "${name}" (${showShape(shape)}) does not divide into ${bins} x ${bins} bins`, {
      field: 'spp_param.pyramid_height',
    });
  }
}
