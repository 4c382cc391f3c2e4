/**
 * E = -1/N * sum of log(p[label]), of probabilities as they come from Softmax; dp[label] = -weight / (N * p[label]).
 *
 * bottom 0: probabilities (N, C, ...), all of an item being classes; below 1e-20 they count as that. bottom 1: labels, N of
 * them. top 0: the loss. Source: Caffe multinomial_logistic_loss_layer.cpp. Difference: a label out of range is an error.
 */
import type { LayerType } from './layer.js';
import { requireLabelPerItem, requireSameBatch, warnOfLossParam } from './loss.js';

export const MultinomialLogisticLoss: LayerType = {
  type: 'MultinomialLogisticLoss',
  bottoms: [2, 2],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1],
  noGradient: [1],
  setup(context) {
    warnOfLossParam(context);
    requireSameBatch(context);
    requireLabelPerItem(context);
    return {
      tops: [[]],
      params: [],
      attributes: {},
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
