/**
 * The maximum, the average or a random one of the values in a window that moves over two spatial axes.
 *
 * bottom 0: (N, C, H, W). top 0: (N, C, H', W') with H' = ceil((H + 2 pad - kernel) / stride) + 1 (floor with round_mode
 * FLOOR), less one where padding would let the last window begin beyond the image and its leading padding. top 1 (MAX
 * only): where in the bottom's H x W each maximum was, as a number; -1 where the window lies outside.
 * MAX: of equal values the first in scan order counts and takes the gradient. AVE: divides by the window's size within the
 * image and its padding. A window wholly outside the image (stride > kernel) gives -FLT_MAX or a zero, and no gradient.
 * STOCHASTIC (Zeiler and Fergus 2013), for values of at least 0: in TRAIN one value of each window, drawn with a chance in
 * proportion to it, which takes the gradient; in TEST the mean of what would be drawn, sum x^2 / sum x, or 0 where all are 0.
 * Source: Caffe pooling_layer.cpp; STOCHASTIC as pooling_layer.cu has it, here on the CPU as well, which Caffe's refuses. Where
 * Caffe divides 0 by 0 (a window of no size at all) this gives 0. What STOCHASTIC draws is a function of seed, pass and element.
 */
import type { PoolingParameter } from '../proto/messages.js';
import { filled } from '../proto/schema.js';
import { showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';

export const Pooling: LayerType = {
  type: 'Pooling',
  bottoms: [1, 1],
  tops: [1, 2],
  options: 'pooling_param',
  batchDependent: ({ pooling_param }, phase) => phase === 'TRAIN' && pooling_param?.pool === 'STOCHASTIC',
  setup(context) {
    const given = context.param.pooling_param ?? {};
    const { pool, round_mode, global_pooling } = filled('PoolingParameter', given);
    const { name, shape } = context.bottoms[0]!;
    if (shape.length !== 4) {
      context.fail(`blob "${name}" (${showShape(shape)}) must have 4 axes: images, channels, height, width`, {
        field: 'bottom[0]',
      });
    }
    if (context.tops.length > 1 && pool !== 'MAX') {
      context.fail('only MAX pooling has a second top, the places of the maxima', { field: 'top[1]' });
    }
    const [images, channels, ...size] = shape as [number, number, number, number];
    const kernel = global_pooling ? globalKernel(context, given, size) : kernelOf(context, given);
    const pad = pairOf(context, given, 'pad', 'pad_h', 'pad_w', 0);
    const stride = pairOf(context, given, 'stride', 'stride_h', 'stride_w', 1);
    stride.forEach((step) => {
      if (step < 1) context.fail('stride must be at least 1', { field: 'pooling_param' });
    });
    pad.forEach((margin, d) => {
      if (margin < kernel[d]!) return;
      context.fail(`pad ${margin} must be smaller than the kernel, ${kernel[d]}`, { field: 'pooling_param' });
    });
    if (pool === 'STOCHASTIC' && pad.some((margin) => margin !== 0)) {
      context.fail('STOCHASTIC pooling takes no padding, as in Caffe', { field: 'pooling_param' });
    }
    if (global_pooling && (pad.some((margin) => margin !== 0) || stride.some((step) => step !== 1))) {
      context.fail('with global_pooling only pad 0 and stride 1 are possible', {
        field: 'pooling_param.global_pooling',
      });
    }

    const round = round_mode === 'FLOOR' ? Math.floor : Math.ceil;
    const padded = pad.some((margin) => margin !== 0);
    const output = size.map((length, d) => {
      let windows = round((length + 2 * pad[d]! - kernel[d]!) / stride[d]!) + 1;
      if (padded && (windows - 1) * stride[d]! >= length + pad[d]!) windows--;
      if (windows >= 1) return windows;
      return context.fail(
        `kernel ${kernel[d]} leaves no output along axis ${d + 2} of blob "${name}" (${showShape(shape)})`,
        { field: 'pooling_param' },
      );
    });
    const top = [images, channels, ...output];
    return {
      tops: context.tops.map(() => [...top]),
      params: [],
      attributes: { pool, kernel, stride, pad, ...(pool === 'STOCHASTIC' && { sample: context.phase === 'TRAIN' }) },
      layout: { split: 1 },
      backwardReads: READS[pool],
    };
  },
};

/** What backward looks at; STOCHASTIC draws again from what it saw. */
const READS = {
  MAX: { bottoms: [0], tops: [0] },
  AVE: { bottoms: [], tops: [] },
  STOCHASTIC: { bottoms: [0], tops: [] },
};

function globalKernel(context: LayerContext, given: PoolingParameter, size: number[]): number[] {
  for (const field of ['kernel_size', 'kernel_h', 'kernel_w'] as const) {
    if (given[field] === undefined) continue;
    context.fail(`${field} cannot be given with global_pooling`, { field: `pooling_param.${field}` });
  }
  return size;
}

function kernelOf(context: LayerContext, given: PoolingParameter): number[] {
  const kernel = pairOf(context, given, 'kernel_size', 'kernel_h', 'kernel_w', undefined);
  if (kernel.some((length) => length < 1))
    context.fail('the kernel must be at least 1 x 1', { field: 'pooling_param' });
  return kernel;
}

/** An option for both axes: once for both, or as _h and _w. */
function pairOf(
  context: LayerContext,
  given: PoolingParameter,
  both: 'kernel_size' | 'stride' | 'pad',
  h: 'kernel_h' | 'stride_h' | 'pad_h',
  w: 'kernel_w' | 'stride_w' | 'pad_w',
  otherwise: number | undefined,
): number[] {
  const pair = given[h] !== undefined || given[w] !== undefined;
  const field = `pooling_param.${given[h] !== undefined ? h : w}`;
  if (pair && given[both] !== undefined) context.fail(`${both} and ${h}, ${w} are both given`, { field });
  if (!pair) {
    const value = given[both] ?? otherwise;
    if (value !== undefined) return [value, value];
    context.fail('kernel_size is missing', {
      field: 'pooling_param',
      help: 'give kernel_size, or kernel_h and kernel_w',
    });
  }
  // Caffe lets one of pad_h, pad_w stand alone, not one of the kernel's or the stride's.
  const lone = both === 'pad' ? 0 : undefined;
  const [first, second] = [given[h] ?? lone, given[w] ?? lone];
  if (first === undefined || second === undefined) context.fail(`${h} and ${w} are needed together`, { field });
  return [first, second];
}
