/**
 * y = x + bias, the bias spread over axes of x; dx = dy; dbias = sum of dy.
 *
 * bottom 0, top 0: any shape, the same; may be in place. The bias: bottom 1, of the shape of some of x's axes from `axis` on;
 * or blob 0, of the shape of `num_axes` of them. Source: Caffe bias_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { spread } from './broadcast.js';
import { checkFiller } from './filler.js';
import type { LayerType } from './layer.js';

export const Bias: LayerType = {
  type: 'Bias',
  bottoms: [1, 2],
  tops: [1, 1],
  inPlace: true,
  options: 'bias_param',
  setup(context) {
    const { axis, num_axes, filler = {} } = filled('BiasParameter', context.param.bias_param);
    const { shape, inner, layout } = spread(context, 'bias_param', axis, num_axes);
    checkFiller(context, filler, 'bias_param.filler');
    return {
      tops: [[...context.bottoms[0]!.shape]],
      params: context.bottoms.length > 1 ? [] : [{ shape, filler }],
      attributes: { inner },
      layout,
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
