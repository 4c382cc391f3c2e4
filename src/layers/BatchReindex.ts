/**
 * Items in another order, each any number of times: y_m = x[index_m]; dx_n = sum of dy_m with index_m = n.
 *
 * bottom 0: (N, ...). bottom 1: whole numbers in [0, N), (M); no gradient. top 0: (M, ...).
 * Source: Caffe batch_reindex_layer.cpp.
 */
import { showShape } from './axis.js';
import type { LayerType } from './layer.js';

export const BatchReindex: LayerType = {
  type: 'BatchReindex',
  bottoms: [2, 2],
  tops: [1, 1],
  noForceBackward: [1],
  noGradient: [1],
  batchDependent: true,
  setup(context) {
    const [x, index] = [context.bottoms[0]!, context.bottoms[1]!];
    if (index.shape.length !== 1) {
      context.fail(`blob "${index.name}" is ${showShape(index.shape)}, but must be a list of item numbers`, {
        field: 'bottom[1]',
      });
    }
    return {
      tops: [[index.shape[0]!, ...x.shape.slice(1)]],
      params: [],
      attributes: {},
      layout: { split: 1 },
      backwardReads: { bottoms: [1], tops: [] },
    };
  },
};
