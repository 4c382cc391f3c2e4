/**
 * Share of encodings that lie nearest to the centroid of their own class, over the encodings of the batch.
 *
 * bottom 0: encodings (N, C) or (N, C, 1, 1). bottom 1: labels (N), (N, 1) or (N, k), of which the first counts.
 * top 0: the share; 0 when no item can be compared. No gradient, no state.
 * An item is compared with the mean of the batch's OTHER items of each class; an item alone in its class is left out, and so
 * are ignored labels, as items and as classes. Source: MyCaffe's AccuracyEncodingLayer, in purpose. There each item enters
 * its class's centroid before it is classified by it, and centroids of earlier weights live on: its figure is too good.
 * This one is honest for the batch; AccuracyDecode, with centroids learnt in TRAIN, is the better measure.
 */
import { ignoredLabels, requireEncodingOptions, requireLabelPerItem } from './AccuracyDecode.js';
import { count, showShape } from './axis.js';
import type { LayerType } from './layer.js';

export const AccuracyEncoding: LayerType = {
  type: 'AccuracyEncoding',
  bottoms: [2, 2],
  tops: [1, 1],
  noGradient: [0, 1],
  batchDependent: true,
  options: 'accuracy_param',
  setup(context) {
    const [encodings, labels] = [context.bottoms[0]!, context.bottoms[1]!];
    requireEncodingOptions(context);
    if (encodings.shape.length < 2 || count(encodings.shape, 2) !== 1) {
      context.fail(
        `blob "${encodings.name}" is ${showShape(encodings.shape)}, but an encoding must be N x C or N x C x 1 x 1`,
        {
          field: 'bottom[0]',
        },
      );
    }
    requireLabelPerItem(context, encodings, labels);
    return {
      tops: [[]],
      params: [],
      attributes: { ignore_labels: ignoredLabels(context) },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
