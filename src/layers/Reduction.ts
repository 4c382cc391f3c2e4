/**
 * y = coeff * (SUM x, ASUM |x|, SUMSQ x^2, MEAN x) over all axes from `axis` on.
 *
 * bottom 0: any shape. top 0: its axes before `axis`; a scalar by default. dx = coeff * dy * (1, sign x, 2x, 1 / count).
 * Source: Caffe reduction_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis } from './axis.js';
import type { LayerType } from './layer.js';

export const Reduction: LayerType = {
  type: 'Reduction',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'reduction_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const { operation, axis: given, coeff } = filled('ReductionParameter', context.param.reduction_param);
    const axis = canonicalAxis(context, given, shape, 'reduction_param.axis');
    return {
      tops: [shape.slice(0, axis)],
      params: [],
      attributes: { operation, coeff },
      layout: { split: axis },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};
