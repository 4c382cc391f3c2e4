/**
 * y = tanh(x); dx = dy * (1 - y^2).
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe tanh_layer.cpp.
 */
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const TanH: LayerType = {
  type: 'TanH',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  setup: (context) => elementwise(context, {}, 'top'),
};
