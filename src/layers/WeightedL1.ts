/**
 * y = sum over c of w_c * |a_c - b_c| + bias: the learned distance of two encodings, to be followed by a
 * SigmoidCrossEntropyLoss whose target is 1 for the same class.
 *
 * bottom 0, 1: encodings a and b, (N, C) or (N, C, 1, 1). top 0: (N, 1). param 0: weights (C); param 1: bias (1), if bias_term.
 * da = dy * w * sign(a - b), db = -da, dw = sum of dy * |a - b|.
 * Source: Koch et al. 2015, Siamese Neural Networks for One-shot Image Recognition, whose loss is the cross-entropy of the
 * sigmoid of this (and has no bias).
 */
import { filled } from '../proto/schema.js';
import { requireSameShape } from './axis.js';
import { requireEncodings } from './encodings.js';
import { checkFiller } from './filler.js';
import type { LayerType, ParamRequest } from './layer.js';

export const WeightedL1: LayerType = {
  type: 'WeightedL1',
  bottoms: [2, 2],
  tops: [1, 1],
  options: 'weighted_l1_param',
  setup(context) {
    const given = context.param.weighted_l1_param ?? {};
    const { bias_term } = filled('WeightedL1Parameter', given);
    const { weight_filler = {}, bias_filler = {} } = given;
    requireEncodings(context);
    requireSameShape(context, 1);
    checkFiller(context, weight_filler, 'weighted_l1_param.weight_filler');
    checkFiller(context, bias_filler, 'weighted_l1_param.bias_filler');
    const [items, dimension] = context.bottoms[0]!.shape as [number, number];
    const params: ParamRequest[] = [{ shape: [dimension], filler: weight_filler }];
    if (bias_term) params.push({ shape: [1], filler: bias_filler });
    return {
      tops: [[items, 1]],
      params,
      attributes: {},
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
