/**
 * Share of items whose nearest class by distance is their label; the first of equal distances wins.
 *
 * bottom 0: distances (N, L), from Decode. bottom 1: labels (N), (N, 1) or (N, k), of which the first counts.
 * top 0: the share, over labels that are not ignored; 0 when there are none. No gradient.
 * Source: MyCaffe's AccuracyDecodeLayer, which gives NaN when there are none. An item all of whose distances are the largest
 * float (no class is known yet) is wrong.
 */
import { filled } from '../proto/schema.js';
import { showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const AccuracyDecode: LayerType = {
  type: 'AccuracyDecode',
  bottoms: [2, 2],
  tops: [1, 1],
  noGradient: [0, 1],
  options: 'accuracy_param',
  setup(context) {
    const [distances, labels] = [context.bottoms[0]!, context.bottoms[1]!];
    requireEncodingOptions(context);
    if (distances.shape.length !== 2) {
      context.fail(`blob "${distances.name}" is ${showShape(distances.shape)}, but distances must be items x classes`, {
        field: 'bottom[0]',
        help: 'they are the first top of a Decode layer',
      });
    }
    requireLabelPerItem(context, distances, labels);
    return {
      tops: [[]],
      params: [],
      attributes: { ignore_labels: ignoredLabels(context) },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};

/** As in MyCaffe, only the first answer counts and classes are on axis 1. */
export function requireEncodingOptions(context: LayerContext): void {
  const { top_k, axis } = filled('AccuracyParameter', context.param.accuracy_param);
  if (top_k !== 1) context.fail(`top_k must be 1 here, not ${top_k}`, { field: 'accuracy_param.top_k' });
  if (axis !== 1) context.fail(`axis must be 1 here, not ${axis}`, { field: 'accuracy_param.axis' });
}

export function requireLabelPerItem(
  context: LayerContext,
  items: LayerContext['bottoms'][0],
  labels: LayerContext['bottoms'][0],
): void {
  if (labels.shape.length > 0 && labels.shape[0] === items.shape[0]) return;
  context.fail(
    `"${labels.name}" (${showShape(labels.shape)}) must have the batch size of "${items.name}" (${showShape(items.shape)})`,
    { field: 'bottom[1]' },
  );
}

/** `ignore_label`, and MyCaffe's `ignore_labels`. */
export function ignoredLabels(context: LayerContext): number[] {
  const { ignore_label, ignore_labels } = context.param.accuracy_param ?? {};
  return [...(ignore_label === undefined ? [] : [ignore_label]), ...(ignore_labels ?? [])];
}
