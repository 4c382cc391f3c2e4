/**
 * Local response normalisation: y = x * s^-beta, s = k + alpha / n * sum of x^2 over n values around x.
 *
 * bottom 0, top 0: (N, C, H, W), the same. ACROSS_CHANNELS: n = local_size channels. WITHIN_CHANNEL: n = local_size^2 pixels,
 * zeros beyond the edges counted, and k = 1. Source: Caffe lrn_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { showShape } from './axis.js';
import type { LayerType } from './layer.js';

export const LRN: LayerType = {
  type: 'LRN',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'lrn_param',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    const { local_size, alpha, beta, k, norm_region } = filled('LRNParameter', context.param.lrn_param);
    if (shape.length !== 4)
      context.fail(`blob "${name}" is ${showShape(shape)}, but must be N x C x H x W`, { field: 'bottom[0]' });
    if (local_size % 2 !== 1) {
      context.fail(`local_size must be odd, not ${local_size}`, { field: 'lrn_param.local_size' });
    }
    const within = norm_region === 'WITHIN_CHANNEL';
    return {
      tops: [[...shape]],
      params: [],
      attributes: {
        channels: shape[1]!,
        height: shape[2]!,
        width: shape[3]!,
        local_size,
        alpha,
        beta,
        k: within ? 1 : k,
        within,
      },
      layout: { split: 1 },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};
