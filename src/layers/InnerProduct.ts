/**
 * A full connection: y[m, o] = b[o] + sum over k of w[o, k] * x[m, k], m over the axes before `axis`, k over the rest.
 *
 * bottom 0: (M..., K...). top 0: (M..., num_output). param 0: weights (num_output, K), or (K, num_output) if transpose;
 * param 1: bias (num_output), if bias_term. Source: Caffe inner_product_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, count } from './axis.js';
import type { LayerType, ParamRequest } from './layer.js';

export const InnerProduct: LayerType = {
  type: 'InnerProduct',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'inner_product_param',
  setup(context) {
    const given = context.param.inner_product_param ?? {};
    const { num_output, bias_term, axis: givenAxis, transpose } = filled('InnerProductParameter', given);
    const { shape } = context.bottoms[0]!;
    const axis = canonicalAxis(context, givenAxis, shape, 'inner_product_param.axis');
    if (num_output < 1) context.fail('num_output must be at least 1', { field: 'inner_product_param.num_output' });
    const inputs = count(shape, axis);
    const params: ParamRequest[] = [
      { shape: transpose ? [inputs, num_output] : [num_output, inputs], filler: given.weight_filler ?? {} },
    ];
    if (bias_term) params.push({ shape: [num_output], filler: given.bias_filler ?? {} });
    return {
      tops: [[...shape.slice(0, axis), num_output]],
      params,
      attributes: { transpose },
      layout: { split: axis },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};
