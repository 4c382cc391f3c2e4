/**
 * The transpose of a convolution: each x spreads its kernel over y, y[p * stride - pad + k * dilation] += w[k] * x[p].
 *
 * bottom i: (N, C, H, W). top i: (N, num_output, OH, OW), OH = stride * (H - 1) + dilation * (kernel - 1) + 1 - 2 pad.
 * blobs: weights (C, num_output / group, kernel_h, kernel_w), bias (num_output) if bias_term.
 * Source: Caffe deconv_layer.cpp; here for two spatial axes only.
 */
import { filled } from '../proto/schema.js';
import { requireSameShape, showShape } from './axis.js';
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
    const { name, shape } = context.bottoms[0]!;
    if (shape.length !== 4) {
      context.fail(`blob "${name}" is ${showShape(shape)}, but must be N x C x H x W`, { field: 'bottom[0]' });
    }
    for (const i of context.bottoms.keys()) requireSameShape(context, i);
    const given = context.param.convolution_param ?? {};
    const { num_output, group, bias_term } = filled('ConvolutionParameter', given);
    checkChannels(context, num_output, group);
    const { weight_filler = {}, bias_filler = {} } = given;
    checkFiller(context, weight_filler, 'convolution_param.weight_filler');
    checkFiller(context, bias_filler, 'convolution_param.bias_filler');
    const { kernel, stride, pad, dilation } = windowOf(context, given, 2);
    const output = [0, 1].map((a) => {
      const size = stride[a]! * (shape[2 + a]! - 1) + dilation[a]! * (kernel[a]! - 1) + 1 - 2 * pad[a]!;
      if (size >= 1) return size;
      return context.fail(`pad ${pad[a]} leaves nothing of the output along axis ${2 + a}`, {
        field: 'convolution_param',
      });
    });
    return {
      tops: context.bottoms.map(() => [shape[0]!, num_output, ...output]),
      params: [
        { shape: [shape[1]!, num_output / group, ...kernel], filler: weight_filler },
        ...(bias_term ? [{ shape: [num_output], filler: bias_filler }] : []),
      ],
      attributes: { group, kernel, stride, pad, dilation },
      layout: { split: 1 },
      backwardReads: { bottoms: context.bottoms.map((_, i) => i), tops: [] },
    };
  },
};

function checkChannels(context: LayerContext, outputs: number, group: number): void {
  const channels = context.bottoms[0]!.shape[1]!;
  if (!(outputs >= 1)) {
    context.fail(`num_output must be at least 1, not ${outputs}`, { field: 'convolution_param.num_output' });
  }
  if (!(group >= 1) || channels % group !== 0 || outputs % group !== 0) {
    context.fail(`group ${group} does not divide the ${channels} channels and the ${outputs} outputs`, {
      field: 'convolution_param.group',
    });
  }
}
