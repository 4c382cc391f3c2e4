/**
 * TRAIN: y = x * mask / (1 - dropout_ratio), the mask 0 with probability dropout_ratio, else 1; dx likewise. TEST: y = x.
 *
 * bottom 0, top 0: any shape, the same; may be in place. Source: Caffe dropout_layer.cpp.
 * Difference: the mask is a function of seed, pass and element, not of a generator shared with the rest of the net.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';

export const Dropout: LayerType = {
  type: 'Dropout',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  batchDependent: (_, phase) => phase === 'TRAIN',
  options: 'dropout_param',
  setup(context) {
    const { dropout_ratio } = filled('DropoutParameter', context.param.dropout_param);
    if (!(dropout_ratio >= 0 && dropout_ratio < 1)) {
      context.fail(`dropout_ratio must be at least 0 and below 1, not ${dropout_ratio}`, {
        field: 'dropout_param.dropout_ratio',
      });
    }
    return {
      tops: [[...context.bottoms[0]!.shape]],
      params: [],
      attributes: { dropout_ratio: context.phase === 'TRAIN' ? dropout_ratio : 0 },
      layout: 'any',
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
