/**
 * E = 1/(2N) * sum of max(|a - p|^2 - |a - n|^2 + alpha, 0): the positive must be nearer than the negative, by a margin.
 *
 * bottom 0, 1, 2: anchors a, positives p and negatives n, (N, C) or (N, C, 1, 1). bottom 3, optional: labels, which are not
 * read. top 0: the loss. Where a triplet costs: da = (n - p) / N, dp = (p - a) / N, dn = (a - n) / N, times the weight.
 * Source: MyCaffe's TripletLossLayer, without its targets made beforehand (pregen).
 *
 * An extension: with two bottoms, encodings (N, C) and class labels (N), the triplets are mined from the batch, N being their
 * number. mining HARD: each anchor's farthest positive with its nearest negative (Hermans et al. 2017, In Defense of the
 * Triplet Loss, "batch hard"); SEMI_HARD: each positive with the nearest negative beyond it, or else the farthest (Schroff et
 * al. 2015, FaceNet); ALL: all triplets that cost ("batch all"). plain_distance: d in place of d^2. normalize: x / |x|.
 * An item whose class has no other item in the batch is no anchor: see data_param { images_per_class }.
 */
import { filled } from '../proto/schema.js';
import { requireSameShape } from './axis.js';
import { requireClassLabels, requireEncodings } from './encodings.js';
import type { LayerContext, LayerType } from './layer.js';
import { warnOfLossParam } from './loss.js';

export const TripletLoss: LayerType = {
  type: 'TripletLoss',
  bottoms: [2, 4],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [3],
  noGradient: [3],
  batchDependent: true,
  options: 'triplet_loss_param',
  setup(context) {
    warnOfLossParam(context);
    const options = filled('TripletLossParameter', context.param.triplet_loss_param);
    const { alpha, mining, plain_distance, normalize } = options;
    const mined = context.bottoms.length === 2;
    requireEncodings(context);
    if (mined) {
      requireClassLabels(context);
    } else {
      requireSameShape(context, 1);
      requireSameShape(context, 2);
      warnOfMining(context);
    }
    if (!(alpha >= 0)) context.fail(`alpha must be at least 0, not ${alpha}`, { field: 'triplet_loss_param.alpha' });
    return {
      tops: [[]],
      params: [],
      attributes: { alpha, ...(mined && { mining, plain_distance, normalize }) },
      layout: { split: 1 },
      backwardReads: { bottoms: mined ? [0, 1] : [0, 1, 2], tops: [] },
    };
  },
};

function warnOfMining(context: LayerContext): void {
  for (const field of ['mining', 'plain_distance', 'normalize'] as const) {
    if (context.param.triplet_loss_param?.[field] === undefined) continue;
    context.warn(`${field} has no effect on triplets that are given: bottoms must be encodings and labels`, {
      field: `triplet_loss_param.${field}`,
    });
  }
}
