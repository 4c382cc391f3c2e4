/**
 * E = 1/(2N) * sum of max(|a - p|^2 - |a - n|^2 + alpha, 0): the positive must be nearer than the negative, by a margin.
 *
 * bottom 0, 1, 2: anchors a, positives p and negatives n, (N, C) or (N, C, 1, 1). bottom 3, optional: labels, which are not
 * read. top 0: the loss. Where a triplet costs: da = (n - p) / N, dp = (p - a) / N, dn = (a - n) / N, times the weight.
 * Source: MyCaffe's TripletLossLayer, without its targets made beforehand (pregen).
 */
import { filled } from '../proto/schema.js';
import { count, requireSameShape, showShape } from './axis.js';
import type { LayerType } from './layer.js';
import { warnOfLossParam } from './loss.js';

export const TripletLoss: LayerType = {
  type: 'TripletLoss',
  bottoms: [3, 4],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [3],
  noGradient: [3],
  options: 'triplet_loss_param',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    warnOfLossParam(context);
    const { alpha } = filled('TripletLossParameter', context.param.triplet_loss_param);
    if (shape.length < 2 || count(shape, 2) !== 1) {
      context.fail(`blob "${name}" is ${showShape(shape)}, but an encoding must be N x C or N x C x 1 x 1`, {
        field: 'bottom[0]',
        help: 'end the tower with an InnerProduct or a Flatten layer',
      });
    }
    requireSameShape(context, 1);
    requireSameShape(context, 2);
    if (!(alpha >= 0)) context.fail(`alpha must be at least 0, not ${alpha}`, { field: 'triplet_loss_param.alpha' });
    return {
      tops: [[]],
      params: [],
      attributes: { alpha },
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1, 2], tops: [] },
    };
  },
};
