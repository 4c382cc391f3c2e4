/**
 * A learned blob: top 0 is the parameter, whose gradient is the top's.
 *
 * top 0, blob 0: `shape`. No filler: it is 0 at first, or shared by name. Source: Caffe parameter_layer.hpp.
 */
import type { LayerType } from './layer.js';

export const Parameter: LayerType = {
  type: 'Parameter',
  bottoms: [0, 0],
  tops: [1, 1],
  options: 'parameter_param',
  setup(context) {
    const shape = context.param.parameter_param?.shape?.dim;
    if (!shape || shape.some((dim) => dim < 1)) {
      return context.fail('parameter_param needs a shape, of dimensions of at least 1', { field: 'parameter_param' });
    }
    return {
      tops: [[...shape]],
      params: [{ shape: [...shape], filler: {} }],
      attributes: {},
      layout: 'any',
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
