/**
 * y = x for x > 0, else slope_c * x; dx = dy * (x > 0 ? 1 : slope_c); dslope_c = sum of dy * x over x <= 0.
 *
 * bottom 0, top 0: (N, C, ...), the same; may be in place. blob 0: slopes (C), or one () with channel_shared; 0.25 at first.
 * Source: Caffe prelu_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { count, showShape } from './axis.js';
import { checkFiller } from './filler.js';
import type { LayerType } from './layer.js';

const INITIAL_SLOPE = 0.25;

export const PReLU: LayerType = {
  type: 'PReLU',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'prelu_param',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    if (shape.length < 2) context.fail(`blob "${name}" is ${showShape(shape)}, but needs channels on axis 1`);
    const { channel_shared, filler } = filled('PReLUParameter', context.param.prelu_param);
    if (filler) checkFiller(context, filler, 'prelu_param.filler');
    return {
      tops: [[...shape]],
      params: [
        {
          shape: channel_shared ? [] : [shape[1]!],
          filler: filler ?? { type: 'constant', value: INITIAL_SLOPE },
        },
      ],
      attributes: { inner: channel_shared ? count(shape, 1) : count(shape, 2) },
      layout: { split: 1 },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};
