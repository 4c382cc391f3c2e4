/**
 * y = base ^ (shift + scale * x), base e unless given (-1); dx = dy * y * scale * ln(base).
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe exp_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const Exp: LayerType = {
  type: 'Exp',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'exp_param',
  setup(context) {
    const { base, scale, shift } = filled('ExpParameter', context.param.exp_param);
    if (base !== -1 && !(base > 0))
      context.fail(`base must be above 0, or -1 for e, not ${base}`, { field: 'exp_param.base' });
    return elementwise(context, { log_base: Math.log(base === -1 ? Math.E : base), scale, shift }, 'top');
  },
};
