/**
 * y_c = exp(x_c) / sum over c' of exp(x_c'), along one axis; dx_c = y_c * (dy_c - sum over c' of dy_c' y_c').
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe softmax_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis } from './axis.js';
import type { LayerType } from './layer.js';

export const Softmax: LayerType = {
  type: 'Softmax',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'softmax_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const options = filled('SoftmaxParameter', context.param.softmax_param);
    const axis = canonicalAxis(context, options.axis, shape, 'softmax_param.axis');
    return {
      tops: [[...shape]],
      params: [],
      attributes: { channels: shape[axis]! },
      layout: { split: axis },
      backwardReads: { bottoms: [], tops: [0] },
    };
  },
};
