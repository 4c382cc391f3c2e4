/**
 * Mean-variance normalisation of each channel of each image, or with across_channels of each image: (x - mean) / (std + eps).
 *
 * bottom 0, top 0: (N, C, ...), the same. normalize_variance false: x - mean.
 * dx = (dy - mean(dy) - (x - mean) / std * mean(dy * y)) / (std + eps), or dy - mean(dy). Source: Caffe mvn_layer.cpp, whose
 * gradient takes eps for part of the standard deviation.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';

export const MVN: LayerType = {
  type: 'MVN',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'mvn_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const { normalize_variance, across_channels, eps } = filled('MVNParameter', context.param.mvn_param);
    return {
      tops: [[...shape]],
      params: [],
      attributes: { groups: across_channels ? 1 : (shape[1] ?? 1), normalize_variance, eps },
      layout: { split: 1 },
      backwardReads: normalize_variance ? { bottoms: [0], tops: [0] } : { bottoms: [], tops: [] },
    };
  },
};
