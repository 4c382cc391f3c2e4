/**
 * y = x / (1 + exp(-beta * x)); dx = dy * (beta * y + s * (1 - beta * y)), s = 1 / (1 + exp(-beta * x)).
 *
 * bottom 0, top 0: any shape, the same. Source: Caffe swish_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const Swish: LayerType = {
  type: 'Swish',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'swish_param',
  setup(context) {
    const { beta } = filled('SwishParameter', context.param.swish_param);
    return elementwise(context, { beta }, 'bottom');
  },
};
