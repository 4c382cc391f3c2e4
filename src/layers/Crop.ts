/**
 * The part of bottom 0 that has bottom 1's size from `axis` (2) on, beginning at `offset` (0; one, or one an axis).
 *
 * bottom 0: any shape. bottom 1: gives its shape only; no gradient. top 0: bottom 0's axes before `axis`, then bottom 1's.
 * dx = dy there, 0 elsewhere. Source: Caffe crop_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const Crop: LayerType = {
  type: 'Crop',
  bottoms: [2, 2],
  tops: [1, 1],
  noForceBackward: [1],
  noGradient: [1],
  options: 'crop_param',
  setup(context) {
    const [x, like] = [context.bottoms[0]!, context.bottoms[1]!];
    const axis = canonicalAxis(
      context,
      filled('CropParameter', context.param.crop_param).axis,
      x.shape,
      'crop_param.axis',
    );
    if (like.shape.length !== x.shape.length) {
      context.fail(`"${like.name}" (${showShape(like.shape)}) and "${x.name}" (${showShape(x.shape)}) differ in axes`, {
        field: 'bottom[1]',
      });
    }
    return {
      tops: [x.shape.map((dim, a) => (a < axis ? dim : like.shape[a]!))],
      params: [],
      attributes: { offsets: cropOffsets(context, axis) },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};

function cropOffsets(context: LayerContext, axis: number): number[] {
  const [x, like] = [context.bottoms[0]!, context.bottoms[1]!];
  const given = filled('CropParameter', context.param.crop_param).offset;
  const cropped = x.shape.length - axis;
  if (given.length > 1 && given.length !== cropped) {
    context.fail(`${given.length} offset for ${cropped} cropped axes: give one for all, or one each`, {
      field: 'crop_param.offset',
    });
  }
  return x.shape.map((dim, a) => {
    if (a < axis) return 0;
    const offset = given[given.length === 1 ? 0 : a - axis] ?? 0;
    if (offset + like.shape[a]! > dim) {
      context.fail(
        `axis ${a} of "${x.name}" (${showShape(x.shape)}) has no ${like.shape[a]} elements from ${offset} on, ` +
          `as "${like.name}" (${showShape(like.shape)}) asks`,
        { field: given.length > 0 ? 'crop_param.offset' : 'bottom[1]' },
      );
    }
    return offset;
  });
}
