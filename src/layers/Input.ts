/**
 * A blob that the program fills: tops of the shapes in `input_param`, nothing else.
 *
 * top i: `shape[i]`, or the only shape given. Source: Caffe input_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';

export const Input: LayerType = {
  type: 'Input',
  bottoms: [0, 0],
  tops: [1, Infinity],
  options: 'input_param',
  setup(context) {
    const { shape } = filled('InputParameter', context.param.input_param);
    const tops = context.tops.length;
    if (shape.length !== 1 && shape.length !== tops) {
      context.fail(`input_param has ${shape.length} shapes for ${tops} tops: give one for all, or one each`, {
        field: 'input_param',
      });
    }
    const shapes = context.tops.map((_, i) => {
      const given = shape.length === 1 ? 0 : i;
      const dims = [...(shape[given]!.dim ?? [])];
      if (dims.some((dim) => dim < 1)) {
        context.fail(`dimensions of an input must be at least 1, not ${dims.join(' x ')}`, {
          field: `input_param.shape[${given}]`,
        });
      }
      return dims;
    });
    return { tops: shapes, params: [], attributes: {}, layout: 'any', noop: true };
  },
};
