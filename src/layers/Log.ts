/**
 * y = log(shift + scale * x) to a base, e unless given (-1); dx = dy * scale / ((shift + scale * x) * ln(base)).
 *
 * bottom 0, top 0: any shape, the same. Source: Caffe log_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const Log: LayerType = {
  type: 'Log',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'log_param',
  setup(context) {
    const { base, scale, shift } = filled('LogParameter', context.param.log_param);
    if (base !== -1 && !(base > 0 && base !== 1)) {
      context.fail(`base must be above 0 and not 1, or -1 for e, not ${base}`, { field: 'log_param.base' });
    }
    return elementwise(context, { log_base: Math.log(base === -1 ? Math.E : base), scale, shift }, 'bottom');
  },
};
