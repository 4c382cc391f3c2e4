/**
 * y = log(1 + exp(x)), the binomial normal log likelihood; dx = dy / (1 + exp(-x)).
 *
 * bottom 0, top 0: any shape, the same. Source: Caffe bnll_layer.cpp.
 */
import { elementwise } from './elementwise.js';
import type { LayerType } from './layer.js';

export const BNLL: LayerType = {
  type: 'BNLL',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  setup: (context) => elementwise(context, {}, 'bottom'),
};
