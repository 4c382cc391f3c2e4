/**
 * Share of items whose label is among the top_k scores; a tie counts against the label.
 *
 * bottom 0: scores, any shape, classes along `axis` (1). bottom 1: labels, one for each other position.
 * top 0: the share, over labels that are not ignored; 0 when there are none. top 1, optional: the share per class, (C).
 * No gradient. Source: Caffe accuracy_layer.cpp. Differences: a label out of range is an error, a score that is no number is
 * never right.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis } from './axis.js';
import type { LayerType } from './layer.js';
import { requireLabelPerPrediction } from './loss.js';

export const Accuracy: LayerType = {
  type: 'Accuracy',
  bottoms: [2, 2],
  tops: [1, 2],
  noGradient: [0, 1],
  options: 'accuracy_param',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    const { top_k, axis: given } = filled('AccuracyParameter', context.param.accuracy_param);
    const axis = canonicalAxis(context, given, shape, 'accuracy_param.axis');
    const channels = shape[axis]!;
    if (top_k < 1 || top_k > channels) {
      context.fail(`top_k must be from 1 to ${channels}, the classes of "${name}", not ${top_k}`, {
        field: 'accuracy_param.top_k',
      });
    }
    requireLabelPerPrediction(context, axis);
    if (context.param.accuracy_param?.ignore_labels?.length) {
      context.warn('ignore_labels has no effect here: this layer ignores one label, ignore_label', {
        field: 'accuracy_param.ignore_labels',
      });
    }
    const ignored = context.param.accuracy_param?.ignore_label;
    return {
      tops: [[], [channels]].slice(0, context.tops.length),
      params: [],
      attributes: { channels, top_k, ...(ignored === undefined ? {} : { ignore_label: ignored }) },
      layout: { split: axis },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
