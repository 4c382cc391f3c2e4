/**
 * SUM: y = sum of coeff_i * x_i. PROD: y = product of x_i. MAX: y = the largest x_i, element by element.
 *
 * bottoms: two or more of the same shape. top 0: that shape. Source: Caffe eltwise_layer.cpp.
 * Gradients: SUM coeff_i * dy; PROD dy * product of the others (stable_prod_grad false: dy * y / x_i); MAX dy to the winner:
 * bottom 0 must exceed bottom 1, a later one must exceed all before it.
 */
import { filled } from '../proto/schema.js';
import { requireSameShape } from './axis.js';
import type { LayerType } from './layer.js';

export const Eltwise: LayerType = {
  type: 'Eltwise',
  bottoms: [2, Infinity],
  tops: [1, 1],
  options: 'eltwise_param',
  setup(context) {
    const { operation, coeff, stable_prod_grad } = filled('EltwiseParameter', context.param.eltwise_param);
    const bottoms = context.bottoms.length;
    if (coeff.length > 0 && operation !== 'SUM') {
      context.fail(`coeff means nothing for operation ${operation}, only for SUM`, { field: 'eltwise_param.coeff' });
    }
    if (coeff.length > 0 && coeff.length !== bottoms) {
      context.fail(`${coeff.length} coeff for ${bottoms} bottoms: give one each, or none`, {
        field: 'eltwise_param.coeff',
      });
    }
    for (let i = 1; i < bottoms; i++) requireSameShape(context, i);
    const all = context.bottoms.map((_, i) => i);
    const unstable = operation === 'PROD' && !stable_prod_grad;
    return {
      tops: [[...context.bottoms[0]!.shape]],
      params: [],
      attributes: {
        operation,
        coeff: coeff.length > 0 ? [...coeff] : all.map(() => 1),
        stable_prod_grad,
      },
      layout: 'any',
      backwardReads: { bottoms: operation === 'SUM' ? [] : all, tops: unstable ? [0] : [] },
    };
  },
};
