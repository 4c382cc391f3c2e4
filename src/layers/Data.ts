/**
 * Records of a data set: x = (byte - mean) * scale, cropped and mirrored, and their labels.
 *
 * top 0: (N, C * images_per_blob, H, W), H and W being crop_size where given. top 1, optional: labels (N); with pairs
 * (images_per_blob 2) (N, 1), 1 for the same class, or with output_all_labels both class labels (N, images_per_blob).
 * Source: Caffe data_layer.cpp, data_transformer.cpp. Pairs are MyCaffe's; which records meet is decided in src/data.
 * Extensions: affine_param warps each image anew in TRAIN, bilinearly, as in Koch et al. 2015; images_per_class makes batches of
 * some classes and some images of each, for losses over all pairs of a batch; classes_per_group, rotations_as_classes,
 * mirrors_as_classes, hold_out, balance_classes and positive_ratio: see docs/training.md.
 * Differences: each image of a pair has its own crop and mirror; batch_size counts pairs.
 */

import { formatFloat } from '../proto/format.js';
import type { DataParameter, TransformationParameter } from '../proto/messages.js';
import type { Filled } from '../proto/schema.js';
import { filled } from '../proto/schema.js';
import type { Attribute, LayerContext, LayerType } from './layer.js';
import { checkBatchSize, checkTransform, imageShape, transformAttributes } from './transformed.js';

export const Data: LayerType = {
  type: 'Data',
  bottoms: [0, 0],
  tops: [1, 2],
  options: 'data_param',
  fed: true,
  setup(context) {
    const data = filled('DataParameter', context.param.data_param);
    const transform = filled('TransformationParameter', context.param.transform_param);
    const [channels, height, width] = imageShape(context, 'data_param.source');
    checkBatch(context, data);
    checkDraws(context, data, transform, height, width);
    checkTransform(context, transform, channels, height, width);
    const { batch_size, images_per_blob, output_all_labels } = data;
    const crop = transform.crop_size;
    const image = [channels * images_per_blob, crop || height, crop || width];
    const label = images_per_blob === 1 ? [batch_size] : [batch_size, output_all_labels ? images_per_blob : 1];
    return {
      tops: [[batch_size, ...image], label].slice(0, context.tops.length),
      params: [],
      attributes: {
        ...transformAttributes(transform),
        images_per_blob,
        output_all_labels,
        ...warpFill(context),
      },
      layout: { split: 1 },
    };
  },
};

function checkBatch(context: LayerContext, data: Filled<DataParameter>): void {
  checkBatchSize(context, 'data_param', data.batch_size);
  const images = data.images_per_blob;
  if (images < 1)
    context.fail(`images_per_blob must be at least 1, not ${images}`, { field: 'data_param.images_per_blob' });
  if (images > 2 && !data.output_all_labels) {
    context.fail(`images_per_blob ${images} needs output_all_labels: true: similarity is a matter of two images`, {
      field: 'data_param.images_per_blob',
    });
  }
}

function checkDraws(
  context: LayerContext,
  data: Filled<DataParameter>,
  transform: Filled<TransformationParameter>,
  height: number,
  width: number,
): void {
  const { batch_size, images_per_blob, images_per_class, classes_per_group, positive_ratio } = data;
  if (images_per_class > 0 && images_per_blob > 1) {
    context.fail('images_per_class is for batches of single images: images_per_blob must be 1', {
      field: 'data_param.images_per_class',
      help: 'for pairs, positive_ratio and balance_classes say how they are drawn',
    });
  }
  if (images_per_class > 0 && batch_size % images_per_class !== 0) {
    context.fail(`batch_size ${batch_size} is no multiple of images_per_class ${images_per_class}`, {
      field: 'data_param.images_per_class',
    });
  }
  if (classes_per_group > 0 && (batch_size / images_per_class) % classes_per_group !== 0) {
    context.fail(
      images_per_class === 0
        ? 'classes_per_group needs images_per_class'
        : `a batch has ${batch_size / images_per_class} classes, no multiple of classes_per_group ${classes_per_group}`,
      { field: 'data_param.classes_per_group' },
    );
  }
  if (!(positive_ratio >= 0 && positive_ratio <= 1)) {
    context.fail(`positive_ratio must be from 0 to 1, not ${positive_ratio}`, { field: 'data_param.positive_ratio' });
  }
  if (data.rotations_as_classes && !transform.crop_size && height !== width) {
    context.fail(`rotations_as_classes wants square images, the records are ${height} x ${width}`, {
      field: 'data_param.rotations_as_classes',
      help: 'give a crop_size',
    });
  }
  checkAffine(context, transform, transform.crop_size || height, transform.crop_size || width);
}

function checkAffine(
  context: LayerContext,
  { affine_param }: Filled<TransformationParameter>,
  height: number,
  width: number,
): void {
  const affine = filled('AffineParameter', affine_param);
  // Points 1/3 of the image apart: moved by more than 0.48 of that, a picture may fold over itself (Choi and Lee 2000).
  const elastic = Math.floor(0.16 * (Math.min(height, width) - 1) * 10) / 10;
  const limits = { rotation: 180, translation: Infinity, scale: 0.9, shear: 0.9, probability: 1, elastic } as const;
  for (const [name, most] of Object.entries(limits) as [keyof typeof limits, number][]) {
    const value = affine[name];
    if (value >= 0 && value <= most) continue;
    const range = most === Infinity ? 'at least 0' : `from 0 to ${most}`;
    context.fail(`${name} must be ${range}, not ${formatFloat(value)}`, {
      field: `transform_param.affine_param.${name}`,
    });
  }
}

/** A colour for what comes in from outside; without it the border goes on. */
function warpFill({ param }: LayerContext): Record<string, Attribute> {
  const fill = param.transform_param?.affine_param?.fill_value;
  return fill === undefined ? {} : { warp_fill: fill };
}
