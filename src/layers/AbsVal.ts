/**
 * y = |x|; dx = dy * sign(x), 0 at x = 0.
 *
 * bottom 0, top 0: any shape, the same. Source: Caffe absval_layer.cpp.
 */
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const AbsVal: LayerType = {
  type: 'AbsVal',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  setup: (context) => elementwise(context, {}, 'bottom'),
};
