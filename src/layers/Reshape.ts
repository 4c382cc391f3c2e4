/**
 * The same elements in another shape: a view, nothing is computed.
 *
 * bottom 0: any shape. top 0: `shape` in place of the axes from `axis` on (`num_axes` of them, -1: all); in it 0 copies the
 * bottom's dimension and one -1 takes what is left. Source: Caffe reshape_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { count, showShape } from './axis.js';
import type { LayerContext, LayerSetup, LayerType } from './layer.js';

export const Reshape: LayerType = {
  type: 'Reshape',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'reshape_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const { start, end } = replacedAxes(context);
    const top = [...shape.slice(0, start), ...newDims(context, start), ...shape.slice(end)];
    const left = top.indexOf(-1);
    if (left >= 0) top[left] = count(shape) / -count(top);
    if (count(top) !== count(shape) || !top.every(Number.isInteger)) {
      context.fail(
        `"${context.bottoms[0]!.name}" (${showShape(shape)}) has ${count(shape)} elements, which do not fit the shape asked for`,
        { field: 'reshape_param.shape', help: 'one dimension may be -1: it takes what is left' },
      );
    }
    return reshaped(shape, top);
  },
};

/**
 * A view of the bottom in another shape. As long as axis 0 stays, batch-innermost memory is the same for both; else the
 * elements must lie in Caffe's order.
 */
export function reshaped(bottom: readonly number[], top: number[]): LayerSetup {
  const sameBatch = bottom.length > 0 && top.length > 0 && bottom[0] === top[0];
  return {
    tops: [top],
    params: [],
    nativeType: 'Reshape',
    attributes: {},
    layout: { split: sameBatch ? 1 : 0 },
    backwardReads: { bottoms: [], tops: [] },
    views: [{ top: 0, bottom: 0 }],
  };
}

function replacedAxes(context: LayerContext): { start: number; end: number } {
  const { name, shape } = context.bottoms[0]!;
  const { axis, num_axes } = filled('ReshapeParameter', context.param.reshape_param);
  const start = axis >= 0 ? axis : shape.length + axis + 1;
  if (start < 0 || start > shape.length) {
    context.fail(`axis ${axis} does not exist in blob "${name}" (${showShape(shape)})`, {
      field: 'reshape_param.axis',
    });
  }
  const end = num_axes === -1 ? shape.length : start + num_axes;
  if (num_axes < -1 || end > shape.length) {
    context.fail(`num_axes ${num_axes} from axis ${axis} on reaches beyond blob "${name}" (${showShape(shape)})`, {
      field: 'reshape_param.num_axes',
    });
  }
  return { start, end };
}

/** The dimensions asked for, zeros replaced by the bottom's, -1 left in. */
function newDims(context: LayerContext, start: number): number[] {
  const { name, shape } = context.bottoms[0]!;
  const given = filled('ReshapeParameter', context.param.reshape_param).shape?.dim ?? [];
  if (given.filter((dim) => dim === -1).length > 1) {
    context.fail('only one dimension may be -1', { field: 'reshape_param.shape' });
  }
  return given.map((dim, i) => {
    if (dim > 0 || dim === -1) return dim;
    const copied = dim === 0 ? shape[start + i] : undefined;
    if (copied !== undefined) return copied;
    const reason = dim === 0 ? `0 copies axis ${start + i}, which does not exist` : `${dim} is no dimension`;
    return context.fail(`${reason} in blob "${name}" (${showShape(shape)})`, {
      field: `reshape_param.shape.dim[${i}]`,
    });
  });
}
