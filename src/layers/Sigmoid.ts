/**
 * y = 1 / (1 + exp(-x)); dx = dy * y * (1 - y).
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe sigmoid_layer.cpp.
 */
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const Sigmoid: LayerType = {
  type: 'Sigmoid',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  setup: (context) => elementwise(context, {}, 'top'),
};
