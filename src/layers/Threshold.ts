/**
 * y = 1 for x > threshold, else 0. No gradient.
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe threshold_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const Threshold: LayerType = {
  type: 'Threshold',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  noGradient: [0],
  options: 'threshold_param',
  setup(context) {
    const { threshold } = filled('ThresholdParameter', context.param.threshold_param);
    return elementwise(context, { threshold }, 'nothing');
  },
};
