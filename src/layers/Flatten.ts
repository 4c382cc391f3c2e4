/**
 * Joins the axes from `axis` to `end_axis` into one: a view, nothing is computed.
 *
 * bottom 0: any shape. top 0: the same elements. Source: Caffe flatten_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, count } from './axis.js';
import type { LayerType } from './layer.js';
import { reshaped } from './Reshape.js';

export const Flatten: LayerType = {
  type: 'Flatten',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'flatten_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const options = filled('FlattenParameter', context.param.flatten_param);
    const axis = canonicalAxis(context, options.axis, shape, 'flatten_param.axis');
    const end = canonicalAxis(context, options.end_axis, shape, 'flatten_param.end_axis');
    if (end < axis) {
      context.fail(`end_axis ${options.end_axis} comes before axis ${options.axis}`, {
        field: 'flatten_param.end_axis',
      });
    }
    return reshaped(shape, [...shape.slice(0, axis), count(shape, axis, end + 1), ...shape.slice(end + 1)]);
  },
};
