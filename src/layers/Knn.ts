/**
 * Remembers labelled encodings, and says of each new one how near it is to those of every class.
 *
 * bottom 0: encodings (N, C, ...). bottom 1: labels (N) or (N, 1, ...), whole numbers from 0 to num_output - 1; TRAIN only.
 * top 0: (N, num_output): with d the mean of the k smallest squared distances to the class's remembered encodings (of all
 * there are, if fewer), y = 1 - (d - smallest d) / (largest d - smallest d) over the classes that have any: 1 is the nearest
 * class, for Accuracy and ArgMax; 0 for a class without. In TRAIN the items of a pass are remembered after it has been
 * answered, so that none meets itself; the oldest pass is forgotten when max_stored_batches are there. No gradient.
 * blobs (saved, not learned by the solver): encodings (max_stored_batches, N, C...), labels + 1 (max_stored_batches, N; 0:
 * none yet), number of passes (1). A net of another batch size cannot take them over, as in MyCaffe.
 * Source: MyCaffe's KnnLayer, in purpose; there the items of a pass meet themselves, and later releases keep one running
 * centroid a class.
 */
import { filled } from '../proto/schema.js';
import { count, showShape } from './axis.js';
import type { LayerType, ParamRequest } from './layer.js';

export const Knn: LayerType = {
  type: 'Knn',
  bottoms: [1, 2],
  tops: [1, 1],
  noForceBackward: [0, 1],
  noGradient: [0, 1],
  batchDependent: true,
  options: 'knn_param',
  setup(context) {
    const { num_output, k, max_stored_batches } = filled('KnnParameter', context.param.knn_param);
    const { name, shape } = context.bottoms[0]!;
    if (shape.length < 2) {
      context.fail(`"${name}" is ${showShape(shape)}, but must be items of some values each`, { field: 'bottom[0]' });
    }
    for (const [field, value] of Object.entries({ num_output, k, max_stored_batches })) {
      if (!(value >= 1)) context.fail(`${field} must be at least 1, not ${value}`, { field: `knn_param.${field}` });
    }
    const learns = context.phase === 'TRAIN';
    const labels = context.bottoms[1];
    if (learns && !labels) context.fail('it learns in TRAIN and needs the labels as its second bottom');
    if (learns && (labels!.shape[0] !== shape[0] || count(labels!.shape) !== shape[0])) {
      context.fail(`"${labels!.name}" is ${showShape(labels!.shape)}, but there are ${shape[0]} encodings to label`, {
        field: 'bottom[1]',
      });
    }
    const blob = (...dims: number[]): ParamRequest => ({
      shape: dims,
      filler: { type: 'constant', value: 0 },
      learnable: false,
    });
    return {
      tops: [[shape[0]!, num_output]],
      params: [blob(max_stored_batches, ...shape), blob(max_stored_batches, shape[0]!), blob(1)],
      attributes: { learns, k },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
