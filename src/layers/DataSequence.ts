/**
 * Anchors, positives and negatives for a triplet or contrastive loss, from items with labels: partners come from the items
 * that it remembers.
 *
 * bottom 0: items (N, ...). bottom 1: labels (N) or (N, 1, ...). top 0: the items, as anchors. k = 0: top 1 an item of
 * another label, or with balance_matches for every second anchor one of its own label. k >= 1: top 1 a positive, of the
 * anchor's label and never the anchor itself while there is another; tops 2 ... k + 1 negatives, each of another label drawn
 * anew. All (N, ...). With output_labels a last top (N, k + 2): labels of anchor and partners.
 * The last cache_size items of every label are remembered, those of the pass included. Labels run from label_start on, and
 * there are label_count of them; 0: up to the training set's largest. No gradient.
 * Source: MyCaffe's DataSequenceLayer, in purpose; where no other label has come yet it is an error here.
 */
import { filled } from '../proto/schema.js';
import { count, showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const DataSequence: LayerType = {
  type: 'DataSequence',
  bottoms: [2, 2],
  tops: [2, Infinity],
  noForceBackward: [0, 1],
  noGradient: [0, 1],
  batchDependent: true,
  options: 'data_sequence_param',
  setup(context) {
    const options = filled('DataSequenceParameter', context.param.data_sequence_param);
    const { k, cache_size, output_labels, label_start, balance_matches } = options;
    const [items, labels] = [context.bottoms[0]!, context.bottoms[1]!];
    const batch = items.shape[0] ?? 1;
    if (items.shape.length < 2) {
      context.fail(`"${items.name}" is ${showShape(items.shape)}, but must be items of some values each`, {
        field: 'bottom[0]',
      });
    }
    if (labels.shape[0] !== batch || count(labels.shape) !== batch) {
      context.fail(`"${labels.name}" is ${showShape(labels.shape)}, but there are ${batch} items to label`, {
        field: 'bottom[1]',
      });
    }
    if (!(k >= 0)) context.fail(`k must be at least 0, not ${k}`, { field: 'data_sequence_param.k' });
    if (!(cache_size >= batch)) {
      context.fail(`cache_size must be at least the batch size ${batch}, not ${cache_size}`, {
        field: 'data_sequence_param.cache_size',
      });
    }
    const partners = 1 + k;
    const tops = 1 + partners + (output_labels ? 1 : 0);
    if (context.tops.length !== tops) {
      context.fail(
        `k ${k}${output_labels ? ' with output_labels' : ''} needs ${tops} tops, not ${context.tops.length}`,
        {
          field: context.tops.length > tops ? `top[${tops}]` : 'top[0]',
        },
      );
    }
    return {
      tops: [
        ...Array.from({ length: 1 + partners }, () => [...items.shape]),
        ...(output_labels ? [[batch, 1 + partners]] : []),
      ],
      params: [],
      attributes: {
        label_start,
        label_count: labelCount(context, options.label_count, label_start),
        cache_size,
        partners,
        positive: k > 0,
        balance: k === 0 && balance_matches,
      },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};

function labelCount(context: LayerContext, given: number, start: number): number {
  const labels = given >= 1 ? given : (context.labelCount ?? 0) - start;
  if (labels >= 2) return labels;
  return context.fail(`${labels === 1 ? 'there is one label only' : 'the number of labels is not known'}`, {
    field: 'data_sequence_param',
    help: 'set label_count to the number of labels, from label_start on',
  });
}
