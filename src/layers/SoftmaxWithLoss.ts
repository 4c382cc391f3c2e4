/**
 * E = -1/Z * sum over items of log softmax(x)[label]; dx = (softmax(x) - [c = label]) * weight / Z, 0 for ignored labels.
 *
 * bottom 0: scores, any shape, classes along `softmax_param { axis }` (1). bottom 1: labels, one for each other position.
 * top 0: the loss. top 1, optional: softmax(x), no gradient. Z by `loss_param { normalization }`: VALID (default) labels not
 * ignored, FULL all labels, BATCH_SIZE the positions before the axis, NONE 1; never below 1.
 * Source: Caffe softmax_loss_layer.cpp. Differences: the second top works (Caffe's check refuses every loss_weight with it);
 * a label out of range is an error.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis } from './axis.js';
import type { LayerType } from './layer.js';
import { lossAttributes, requireLabelPerPrediction, requireSameBatch } from './loss.js';

export const SoftmaxWithLoss: LayerType = {
  type: 'SoftmaxWithLoss',
  bottoms: [2, 2],
  tops: [1, 2],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1],
  noGradient: [1],
  options: 'softmax_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const options = filled('SoftmaxParameter', context.param.softmax_param);
    requireSameBatch(context);
    const axis = canonicalAxis(context, options.axis, shape, 'softmax_param.axis');
    requireLabelPerPrediction(context, axis);
    return {
      tops: [[], [...shape]].slice(0, context.tops.length),
      params: [],
      attributes: { channels: shape[axis]!, ...lossAttributes(context) },
      layout: { split: axis },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
