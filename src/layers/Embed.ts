/**
 * A table of vectors: y_m = W[x_m] (+ bias), for whole numbers x_m; dW[x_m] += dy_m, dbias = sum of dy_m.
 *
 * bottom 0: whole numbers in [0, input_dim), any shape; no gradient. top 0: that shape and num_output. blobs: W (input_dim,
 * num_output), bias (num_output) unless bias_term is false. Source: Caffe embed_layer.cpp.
 * Difference: a number out of range is an error.
 */
import { filled } from '../proto/schema.js';
import { checkFiller } from './filler.js';
import type { LayerType } from './layer.js';

export const Embed: LayerType = {
  type: 'Embed',
  bottoms: [1, 1],
  tops: [1, 1],
  noForceBackward: [0],
  noGradient: [0],
  options: 'embed_param',
  setup(context) {
    const options = filled('EmbedParameter', context.param.embed_param);
    const { num_output, input_dim, bias_term, weight_filler = {}, bias_filler = {} } = options;
    for (const [field, value] of Object.entries({ num_output, input_dim })) {
      if (!(value >= 1)) context.fail(`${field} must be at least 1, not ${value}`, { field: `embed_param.${field}` });
    }
    checkFiller(context, weight_filler, 'embed_param.weight_filler');
    checkFiller(context, bias_filler, 'embed_param.bias_filler');
    return {
      tops: [[...context.bottoms[0]!.shape, num_output]],
      params: [
        { shape: [input_dim, num_output], filler: weight_filler },
        ...(bias_term ? [{ shape: [num_output], filler: bias_filler }] : []),
      ],
      attributes: { input_dim, num_output },
      layout: { split: 1 },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};
