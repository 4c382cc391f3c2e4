/**
 * The transpose of a convolution: each x spreads its kernel over y, y[p * stride - pad + k * dilation] += w[k] * x[p].
 *
 * bottom i: (..., C, spatial...), `axis` (1) being C's. top i: (..., num_output, spatial...), each spatial axis of size
 * stride * (size - 1) + dilation * (kernel - 1) + 1 - 2 pad. blobs: weights (C, num_output / group, kernel...), bias
 * (num_output) if bias_term. Source: Caffe deconv_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis, requireSameShape } from './axis.js';
import { windowOf } from './Convolution.js';
import { checkFiller } from './filler.js';
import type { LayerContext, LayerType } from './layer.js';

export const Deconvolution: LayerType = {
  type: 'Deconvolution',
  bottoms: [1, Infinity],
  tops: [1, Infinity],
  equalBottomsAndTops: true,
  options: 'convolution_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    for (const i of context.bottoms.keys()) requireSameShape(context, i);
    const given = context.param.convolution_param ?? {};
    const { num_output, group, bias_term, axis: givenAxis } = filled('ConvolutionParameter', given);
    const axis = canonicalAxis(context, givenAxis, shape, 'convolution_param.axis');
    checkChannels(context, shape[axis]!, num_output, group);
    const { weight_filler = {}, bias_filler = {} } = given;
    checkFiller(context, weight_filler, 'convolution_param.weight_filler');
    checkFiller(context, bias_filler, 'convolution_param.bias_filler');
    const { kernel, stride, pad, dilation } = windowOf(context, given, shape.length - axis - 1);
    const output = kernel.map((length, d) => {
      const size = stride[d]! * (shape[axis + 1 + d]! - 1) + dilation[d]! * (length - 1) + 1 - 2 * pad[d]!;
      if (size >= 1) return size;
      return context.fail(`pad ${pad[d]} leaves nothing of the output along axis ${axis + 1 + d}`, {
        field: 'convolution_param',
      });
    });
    return {
      tops: context.bottoms.map(() => [...shape.slice(0, axis), num_output, ...output]),
      params: [
        { shape: [shape[axis]!, num_output / group, ...kernel], filler: weight_filler },
        ...(bias_term ? [{ shape: [num_output], filler: bias_filler }] : []),
      ],
      attributes: { group, kernel, stride, pad, dilation },
      layout: { split: axis },
      backwardReads: { bottoms: context.bottoms.map((_, i) => i), tops: [] },
    };
  },
};

function checkChannels(context: LayerContext, channels: number, outputs: number, group: number): void {
  if (!(outputs >= 1)) {
    context.fail(`num_output must be at least 1, not ${outputs}`, { field: 'convolution_param.num_output' });
  }
  if (!(group >= 1) || channels % group !== 0 || outputs % group !== 0) {
    context.fail(`group ${group} does not divide the ${channels} channels and the ${outputs} outputs`, {
      field: 'convolution_param.group',
    });
  }
}
