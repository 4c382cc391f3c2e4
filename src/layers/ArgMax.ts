/**
 * The top_k largest scores, largest first; of equal ones the larger index first.
 *
 * bottom 0: scores. With `axis`: top 0 has top_k in place of that axis: indices, or with out_max_val values. Without, over all
 * of an item: top 0 is (N, 1, top_k) indices, or with out_max_val (N, 2, top_k) indices and values. No gradient.
 * Source: Caffe argmax_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, count, showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const ArgMax: LayerType = {
  type: 'ArgMax',
  bottoms: [1, 1],
  tops: [1, 1],
  noGradient: [0],
  options: 'argmax_param',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    const { top_k, out_max_val } = filled('ArgMaxParameter', context.param.argmax_param);
    const given = context.param.argmax_param?.axis;
    const axis = given === undefined ? undefined : canonicalAxis(context, given, shape, 'argmax_param.axis');
    const channels = axis === undefined ? count(shape, 1) : shape[axis]!;
    if (top_k < 1 || top_k > channels) {
      context.fail(
        `top_k must be from 1 to ${channels}, the classes of "${name}" (${showShape(shape)}), not ${top_k}`,
        {
          field: 'argmax_param.top_k',
        },
      );
    }
    return {
      tops: [topShape(context, axis, top_k, out_max_val)],
      params: [],
      attributes: { channels, top_k, by_axis: axis !== undefined, values: out_max_val },
      layout: { split: axis ?? 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};

function topShape(context: LayerContext, axis: number | undefined, top_k: number, values: boolean): number[] {
  const { shape } = context.bottoms[0]!;
  if (axis !== undefined) return shape.map((dim, a) => (a === axis ? top_k : dim));
  const top = new Array<number>(Math.max(3, shape.length)).fill(1);
  top[0] = shape[0]!;
  if (values) top[1] = 2;
  top[2] = top_k;
  return top;
}
