/**
 * y = x for x > 0, else alpha * (exp(x) - 1); dx = dy for x > 0, else dy * (y + alpha).
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe elu_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const ELU: LayerType = {
  type: 'ELU',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'elu_param',
  setup(context) {
    const { alpha } = filled('ELUParameter', context.param.elu_param);
    // With alpha >= 0 the top has the bottom's sign.
    const readsTop = alpha >= 0;
    return elementwise(context, { alpha, reads_top: readsTop }, readsTop ? 'top' : 'bottom');
  },
};
