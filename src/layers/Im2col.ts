/**
 * The windows that a convolution looks at, as channels: y[c, k](p) = x[c](p * stride - pad + k * dilation), 0 outside.
 *
 * bottom 0: (..., C, spatial...), `axis` (1) being C's. top 0: (..., C * the kernel's size, spatial...), each spatial axis as
 * long as a convolution's. dx: sum of the gradients of its copies. Options: those of a convolution, without its outputs.
 * Source: Caffe im2col_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, count } from './axis.js';
import { windowCounts, windowOf } from './Convolution.js';
import type { LayerType } from './layer.js';

export const Im2col: LayerType = {
  type: 'Im2col',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'convolution_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const given = context.param.convolution_param ?? {};
    const { axis: givenAxis } = filled('ConvolutionParameter', given);
    const axis = canonicalAxis(context, givenAxis, shape, 'convolution_param.axis');
    const window = windowOf(context, given, shape.length - axis - 1);
    const windows = windowCounts(context, window, axis);
    return {
      tops: [[...shape.slice(0, axis), shape[axis]! * count(window.kernel), ...windows]],
      params: [],
      attributes: { ...window },
      layout: { split: axis },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
