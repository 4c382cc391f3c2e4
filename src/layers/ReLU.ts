/**
 * y = max(x, 0) + negative_slope * min(x, 0); dx = dy * (x > 0 ? 1 : negative_slope).
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe relu_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';

export const ReLU: LayerType = {
  type: 'ReLU',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  options: 'relu_param',
  setup(context) {
    const { negative_slope } = filled('ReLUParameter', context.param.relu_param);
    // A slope >= 0 keeps the sign, so that the top tells which side x was on and the bottom's memory is free.
    const readsTop = negative_slope >= 0;
    return {
      tops: [[...context.bottoms[0]!.shape]],
      params: [],
      attributes: { negative_slope, reads_top: readsTop },
      layout: 'any',
      backwardReads: readsTop ? { bottoms: [], tops: [0] } : { bottoms: [0], tops: [] },
    };
  },
};
