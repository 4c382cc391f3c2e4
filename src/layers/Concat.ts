/**
 * Joins blobs along one axis: top = [bottom 0, bottom 1, ...]; each bottom's gradient is its part of the top's.
 *
 * bottoms: the same shape but for `axis`. top 0: their sum along it. Source: Caffe concat_layer.cpp.
 * Caffe refuses `axis` together with `concat_dim`; here they may agree.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const Concat: LayerType = {
  type: 'Concat',
  bottoms: [1, Infinity],
  tops: [1, 1],
  options: 'concat_param',
  setup(context) {
    const axis = concatAxis(context);
    const first = context.bottoms[0]!;
    const top = [...first.shape];
    context.bottoms.slice(1).forEach(({ name, shape }, i) => {
      if (shape.length !== top.length || shape.some((dim, a) => a !== axis && dim !== top[a])) {
        context.fail(
          `blob "${name}" (${showShape(shape)}) does not fit "${first.name}" (${showShape(first.shape)}): ` +
            `all axes but ${axis} must be equal`,
          { field: `bottom[${i + 1}]` },
        );
      }
      top[axis]! += shape[axis]!;
    });
    return {
      tops: [top],
      params: [],
      attributes: {},
      layout: { split: axis },
      backwardReads: { bottoms: [], tops: [] },
      ...(context.bottoms.length === 1 ? { views: [{ top: 0, bottom: 0 }] } : {}),
    };
  },
};

function concatAxis(context: LayerContext): number {
  const given = context.param.concat_param;
  const { shape } = context.bottoms[0]!;
  if (given?.concat_dim === undefined) {
    return canonicalAxis(context, filled('ConcatParameter', given).axis, shape, 'concat_param.axis');
  }
  const axis = canonicalAxis(context, given.concat_dim, shape, 'concat_param.concat_dim');
  if (given.axis !== undefined && canonicalAxis(context, given.axis, shape, 'concat_param.axis') !== axis) {
    context.fail(`axis ${given.axis} and concat_dim ${given.concat_dim} name different axes`, {
      field: 'concat_param.axis',
      help: 'concat_dim is the old name of axis: leave it out',
    });
  }
  return axis;
}
