/**
 * One blob for several readers: every top is the bottom, and the bottom's gradient is the sum of the tops'.
 *
 * bottom 0, tops: any shape, the same. Inserted by the net wherever a blob has several readers.
 * Source: Caffe split_layer.cpp.
 */
import type { LayerType } from './layer.js';

export const Split: LayerType = {
  type: 'Split',
  bottoms: [1, 1],
  tops: [1, Infinity],
  setup(context) {
    return {
      tops: context.tops.map(() => [...context.bottoms[0]!.shape]),
      params: [],
      attributes: {},
      layout: 'any',
      backwardReads: { bottoms: [], tops: [] },
      views: context.tops.map((_, top) => ({ top, bottom: 0 })),
    };
  },
};
