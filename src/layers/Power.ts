/**
 * y = (shift + scale * x) ^ power; dx = dy * power * scale * (shift + scale * x) ^ (power - 1).
 *
 * bottom 0, top 0: any shape, the same. Source: Caffe power_layer.cpp.
 * Difference: where shift + scale * x is 0 the gradient is the formula's; Caffe divides 0 by 0.
 */
import { filled } from '../proto/schema.js';
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const Power: LayerType = {
  type: 'Power',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'power_param',
  setup(context) {
    const { power, scale, shift } = filled('PowerParameter', context.param.power_param);
    const linear = power === 1 || power * scale === 0;
    return elementwise(context, { power, scale, shift }, linear ? 'nothing' : 'bottom');
  },
};
