/**
 * One against all: h_c = max(0, 1 + x_c), for the label's class max(0, 1 - x_c); E = 1/N * sum of h (L1) or of h^2 (L2).
 *
 * bottom 0: scores (N, C, ...), all of an item being classes. bottom 1: labels, N of them. top 0: the loss.
 * dx = +-1 (L1) or +-2h (L2) times weight / N where h > 0. Source: Caffe hinge_loss_layer.cpp.
 * Difference: a label out of range is an error.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';
import { requireLabelPerItem, requireSameBatch, warnOfLossParam } from './loss.js';

export const HingeLoss: LayerType = {
  type: 'HingeLoss',
  bottoms: [2, 2],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1],
  noGradient: [1],
  options: 'hinge_loss_param',
  setup(context) {
    warnOfLossParam(context);
    requireSameBatch(context);
    requireLabelPerItem(context);
    const { norm } = filled('HingeLossParameter', context.param.hinge_loss_param);
    return {
      tops: [[]],
      params: [],
      attributes: { l2: norm === 'L2' },
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
