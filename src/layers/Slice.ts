/**
 * Cuts a blob along one axis: top i = bottom[..., point(i-1) : point(i), ...]; the gradient goes back the same way.
 *
 * bottom 0: any shape. top i: the same but for `axis`; equal parts without `slice_point`. All tops are views of the bottom.
 * Source: Caffe slice_layer.cpp. Caffe refuses `axis` together with `slice_dim`; here they may agree (MyCaffe writes both).
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const Slice: LayerType = {
  type: 'Slice',
  bottoms: [1, 1],
  tops: [1, Infinity],
  options: 'slice_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const axis = sliceAxis(context);
    const points = [0, ...slicePoints(context, axis), shape[axis]!];
    const tops = context.tops.map((_, i) => shape.map((dim, a) => (a === axis ? points[i + 1]! - points[i]! : dim)));
    return {
      tops,
      params: [],
      attributes: {},
      layout: { split: axis },
      backwardReads: { bottoms: [], tops: [] },
      views: context.tops.map((_, top) => ({ top, bottom: 0, axis, start: points[top]! })),
    };
  },
};

function sliceAxis(context: LayerContext): number {
  const given = context.param.slice_param;
  const { shape } = context.bottoms[0]!;
  if (given?.slice_dim === undefined) {
    return canonicalAxis(context, filled('SliceParameter', given).axis, shape, 'slice_param.axis');
  }
  const axis = canonicalAxis(context, given.slice_dim, shape, 'slice_param.slice_dim');
  if (given.axis !== undefined && canonicalAxis(context, given.axis, shape, 'slice_param.axis') !== axis) {
    context.fail(`axis ${given.axis} and slice_dim ${given.slice_dim} name different axes`, {
      field: 'slice_param.axis',
      help: 'slice_dim is the old name of axis: leave it out',
    });
  }
  return axis;
}

/** Where tops 1, 2, ... begin. */
function slicePoints(context: LayerContext, axis: number): number[] {
  const { name, shape } = context.bottoms[0]!;
  const { slice_point } = filled('SliceParameter', context.param.slice_param);
  const tops = context.tops.length;
  const dim = shape[axis]!;
  if (slice_point.length === 0) {
    if (dim % tops !== 0) {
      context.fail(`axis ${axis} of blob "${name}" (${showShape(shape)}) does not divide into ${tops} equal tops`, {
        field: 'top',
        help: 'give slice_point: the index at which each top but the first begins',
      });
    }
    return Array.from({ length: tops - 1 }, (_, i) => ((i + 1) * dim) / tops);
  }
  if (slice_point.length !== tops - 1) {
    context.fail(`${tops} tops need ${tops - 1} slice_point, not ${slice_point.length}`, {
      field: 'slice_param.slice_point',
    });
  }
  slice_point.forEach((point, i) => {
    if (point > (slice_point[i - 1] ?? 0) && point < dim) return;
    context.fail(
      `slice_point ${point} is out of order or range: they must rise between 0 and ${dim}, ` +
        `the size of axis ${axis} of blob "${name}" (${showShape(shape)})`,
      { field: `slice_param.slice_point[${i}]` },
    );
  });
  return [...slice_point];
}
