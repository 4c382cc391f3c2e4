/**
 * Each item as a vector of length 1: y = x / |x|, by its L2 norm (or the sum of absolute values, norm L1).
 *
 * bottom 0, top 0: (N, ...), the same. L2: dx = (dy - y (y . dy)) / |x|; L1: dx = (dy - sign(x) (y . dy)) / |x|.
 * An item of zeros stays one and has no gradient. Source: MyCaffe's Normalization1Layer, which divides by 0 there and takes
 * L1 for L2. Encodings of a Siamese net on the unit sphere: their distances lie between 0 and 2.
 */
import { filled } from '../proto/schema.js';
import { showShape } from './axis.js';
import type { LayerType } from './layer.js';

export const Normalization1: LayerType = {
  type: 'Normalization1',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'normalization1_param',
  inPlace: true,
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    if (shape.length < 2) {
      context.fail(`"${name}" is ${showShape(shape)}, but must be items of some values each`, { field: 'bottom[0]' });
    }
    const { norm } = filled('Normalization1Parameter', context.param.normalization1_param);
    return {
      tops: [[...shape]],
      params: [],
      attributes: { norm },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [0] },
    };
  },
};
