/** What all loss layers share: how the sum over items is normalised, which label does not count, and label checks. */
import { count, showShape } from './axis.js';
import type { LayerContext } from './layer.js';

export type Normalization = 'FULL' | 'VALID' | 'BATCH_SIZE' | 'NONE';

/** `loss_param { normalization }`, or what the old `normalize` means, or the layer's default. */
export function normalization(context: LayerContext, otherwise: Normalization = 'VALID'): Normalization {
  const given = context.param.loss_param;
  if (given?.normalization !== undefined) return given.normalization;
  if (given?.normalize !== undefined) return given.normalize ? 'VALID' : 'BATCH_SIZE';
  return otherwise;
}

/** Attributes of the native side: `normalization`, and `ignore_label` only when there is one. */
export function lossAttributes(context: LayerContext, otherwise?: Normalization): Record<string, string | number> {
  const ignored = context.param.loss_param?.ignore_label;
  return {
    normalization: normalization(context, otherwise),
    ...(ignored === undefined ? {} : { ignore_label: ignored }),
  };
}

/** Warns of a `loss_param` on a layer that always divides by the number of items and ignores no label, as in Caffe. */
export function warnOfLossParam(context: LayerContext): void {
  if (context.param.loss_param === undefined) return;
  context.warn('loss_param has no effect here: the loss is the mean over all items', { field: 'loss_param' });
}

/** Fails unless bottom 0 and 1 have the same batch size (axis 0). */
export function requireSameBatch(context: LayerContext): void {
  const [data, label] = [context.bottoms[0]!, context.bottoms[1]!];
  if (data.shape.length > 0 && data.shape[0] === (label.shape[0] ?? 1)) return;
  context.fail(
    `"${data.name}" (${showShape(data.shape)}) and "${label.name}" (${showShape(label.shape)}) must have the same batch size`,
    { field: 'bottom[1]' },
  );
}

/** Fails unless bottom `index` has one label for each prediction: all axes of bottom 0 but `axis`. */
export function requireLabelPerPrediction(context: LayerContext, axis: number, index = 1): void {
  const [data, label] = [context.bottoms[0]!, context.bottoms[index]!];
  const wanted = count(data.shape) / data.shape[axis]!;
  if (count(label.shape) === wanted) return;
  const shape = data.shape.filter((_, a) => a !== axis);
  context.fail(
    `"${label.name}" (${showShape(label.shape)}) has ${count(label.shape)} labels, but "${data.name}" ` +
      `(${showShape(data.shape)}) with its classes along axis ${axis} has ${wanted} predictions`,
    {
      field: `bottom[${index}]`,
      help: `the labels must be ${showShape(shape)}, whole numbers from 0 to ${data.shape[axis]! - 1}`,
    },
  );
}

/** Fails unless bottom 1 has one label for each item of bottom 0. */
export function requireLabelPerItem(context: LayerContext): void {
  const [data, label] = [context.bottoms[0]!, context.bottoms[1]!];
  if (count(label.shape) === data.shape[0]) return;
  context.fail(
    `"${label.name}" (${showShape(label.shape)}) has ${count(label.shape)} labels for the ${data.shape[0]} items of "${data.name}"`,
    { field: 'bottom[1]' },
  );
}
