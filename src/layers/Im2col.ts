/**
 * The windows that a convolution looks at, as channels: y[c, k](p) = x[c](p * stride - pad + k * dilation), 0 outside.
 *
 * bottom 0: (N, C, H, W). top 0: (N, C * kernel_h * kernel_w, OH, OW). dx: sum of the gradients of its copies.
 * Options: those of a convolution. Source: Caffe im2col_layer.cpp; here for two spatial axes only.
 */
import { showShape } from './axis.js';
import { windowOf } from './Convolution.js';
import type { LayerType } from './layer.js';

export const Im2col: LayerType = {
  type: 'Im2col',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'convolution_param',
  setup(context) {
    const { name, shape } = context.bottoms[0]!;
    if (shape.length !== 4)
      context.fail(`blob "${name}" is ${showShape(shape)}, but must be N x C x H x W`, { field: 'bottom[0]' });
    const { kernel, stride, pad, dilation } = windowOf(context, context.param.convolution_param ?? {}, 2);
    const windows = shape.slice(2).map((size, a) => {
      const room = size + 2 * pad[a]! - (dilation[a]! * (kernel[a]! - 1) + 1);
      if (room < 0) context.fail(`the kernel is larger than blob "${name}" (${showShape(shape)}) with its padding`);
      return Math.floor(room / stride[a]!) + 1;
    });
    return {
      tops: [[shape[0]!, shape[1]! * kernel[0]! * kernel[1]!, ...windows]],
      params: [],
      attributes: { kernel, stride, pad, dilation },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
