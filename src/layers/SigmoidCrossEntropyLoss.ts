/**
 * E = -1/Z * sum of t * log(s) + (1 - t) * log(1 - s), s = 1 / (1 + exp(-x)); dx = (s - t) * weight / Z.
 *
 * bottom 0, 1: x and t (from 0 to 1), the same number of elements. top 0: the loss. Z by `loss_param { normalization }`:
 * BATCH_SIZE (default), FULL all elements, VALID those not ignored, NONE 1; never below 1.
 * Source: Caffe sigmoid_cross_entropy_loss_layer.cpp.
 */
import { requireSameCount } from './axis.js';
import type { LayerType } from './layer.js';
import { lossAttributes, requireSameBatch } from './loss.js';

export const SigmoidCrossEntropyLoss: LayerType = {
  type: 'SigmoidCrossEntropyLoss',
  bottoms: [2, 2],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1],
  noGradient: [1],
  options: 'loss_param',
  setup(context) {
    requireSameBatch(context);
    requireSameCount(context, 1);
    return {
      tops: [[]],
      params: [],
      attributes: lossAttributes(context, 'BATCH_SIZE'),
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
