/** What layers of image records have in common: their transform_param, checked, and what the native side is told of it. */
import type { TransformationParameter } from '../proto/messages.js';
import type { Filled } from '../proto/schema.js';
import { filled } from '../proto/schema.js';
import type { Attribute, LayerContext, LayerSetup } from './layer.js';

/**
 * A layer of single images and their labels over the native Data layer: top 0 (N, C, H, W), H and W being crop_size where
 * given; top 1 labels (N).
 */
export function imagesAndLabels(context: LayerContext, options: string, batch: number): LayerSetup {
  checkBatchSize(context, options, batch);
  const transform = filled('TransformationParameter', context.param.transform_param);
  const [channels, height, width] = imageShape(context, `${options}.source`);
  checkTransform(context, transform, channels, height, width);
  const crop = transform.crop_size;
  return {
    tops: [[batch, channels, crop || height, crop || width], [batch]].slice(0, context.tops.length),
    params: [],
    nativeType: 'Data',
    attributes: transformAttributes(transform),
    layout: { split: 1 },
  };
}

export function checkBatchSize(context: LayerContext, options: string, batch: number): void {
  if (batch >= 1) return;
  context.fail(`batch_size must be at least 1, not ${batch}`, { field: `${options}.batch_size` });
}

/** The shape of one record, [C, H, W]; fails at `field` where no data set is open. */
export function imageShape(context: LayerContext, field: string): [number, number, number] {
  const shape = context.recordShape;
  if (shape?.length !== 3) {
    return context.fail('the shape of the records is not known: no data set is open for this layer', { field });
  }
  return [shape[0]!, shape[1]!, shape[2]!];
}

export function transformAttributes(transform: Filled<TransformationParameter>): Record<string, Attribute> {
  return { scale: transform.scale, crop_size: transform.crop_size, mean_values: [...transform.mean_value] };
}

export function checkTransform(
  context: LayerContext,
  transform: Filled<TransformationParameter>,
  channels: number,
  height: number,
  width: number,
): void {
  const { crop_size, mean_value, mean_file } = transform;
  if (crop_size > height || crop_size > width) {
    context.fail(`crop_size ${crop_size} is larger than the records, ${height} x ${width}`, {
      field: 'transform_param.crop_size',
    });
  }
  if (mean_value.length > 0 && mean_file) {
    context.fail('mean_file and mean_value cannot be given together', { field: 'transform_param.mean_value' });
  }
  if (mean_value.length > 1 && mean_value.length !== channels) {
    context.fail(`${mean_value.length} mean_value for ${channels} channels: give one for all, or one each`, {
      field: 'transform_param.mean_value',
    });
  }
}
