/**
 * E = 1/(2N) * sum of (a - b)^2; da = (a - b) * weight / N, db = -da.
 *
 * bottom 0, 1: a and b, (N, ...) with the same number of elements an item. top 0: the loss.
 * Source: Caffe euclidean_loss_layer.cpp. Both bottoms take gradients.
 */
import { requireSameCount } from './axis.js';
import type { LayerType } from './layer.js';
import { requireSameBatch, warnOfLossParam } from './loss.js';

export const EuclideanLoss: LayerType = {
  type: 'EuclideanLoss',
  bottoms: [2, 2],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  setup(context) {
    warnOfLossParam(context);
    requireSameBatch(context);
    requireSameCount(context, 1);
    return {
      tops: [[]],
      params: [],
      attributes: {},
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
