/**
 * y = x held between min and max; dx = dy where min <= x <= max, else 0.
 *
 * bottom 0, top 0: any shape, the same. Source: Caffe clip_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const Clip: LayerType = {
  type: 'Clip',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'clip_param',
  setup(context) {
    const { min, max } = filled('ClipParameter', context.param.clip_param);
    if (!(min <= max)) context.fail(`min ${min} is above max ${max}`, { field: 'clip_param' });
    return elementwise(context, { min, max }, 'bottom');
  },
};
