/**
 * y = x * scale (+ bias), spread over axes of x; dx = dy * scale; dscale = sum of dy * x; dbias = sum of dy.
 *
 * bottom 0, top 0: any shape, the same; may be in place. The scale: bottom 1, of the shape of some of x's axes from `axis` on;
 * or blob 0, of the shape of `num_axes` of them, 1 at first. With bias_term the last blob is the bias, of the same shape.
 * Source: Caffe scale_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { spread } from './broadcast.js';
import { checkFiller } from './filler.js';
import type { LayerType } from './layer.js';

export const Scale: LayerType = {
  type: 'Scale',
  bottoms: [1, 2],
  tops: [1, 1],
  inPlace: true,
  options: 'scale_param',
  setup(context) {
    const options = filled('ScaleParameter', context.param.scale_param);
    const { axis, num_axes, bias_term, filler = { type: 'constant', value: 1 }, bias_filler = {} } = options;
    const { shape, inner, layout } = spread(context, 'scale_param', axis, num_axes);
    checkFiller(context, filler, 'scale_param.filler');
    checkFiller(context, bias_filler, 'scale_param.bias_filler');
    const learned = context.bottoms.length === 1;
    return {
      tops: [[...context.bottoms[0]!.shape]],
      params: [
        ...(learned ? [{ shape, filler }] : []),
        ...(bias_term ? [{ shape: [...shape], filler: bias_filler }] : []),
      ],
      attributes: { inner, bias_term },
      layout,
      backwardReads: { bottoms: context.bottoms.map((_, i) => i), tops: [] },
    };
  },
};
