/**
 * Correlation with learned kernels: y[n, o, p] = b[o] + sum over c, k of w[o, c, k] * x[n, c, p * stride - pad + k * dilation],
 * c over the channels of o's group, p and k over any number of spatial axes.
 *
 * bottom i: (..., C, spatial...), `axis` being C's. top i: (..., num_output, spatial...), each spatial axis of size
 * floor((size + 2 pad - (dilation (kernel - 1) + 1)) / stride) + 1. param 0: weights (num_output, C / group, kernel...);
 * param 1: bias (num_output), if bias_term. Source: Caffe base_conv_layer.cpp, conv_layer.cpp. Where the kernel is larger
 * than the padded input Caffe may compute beyond the input; here it is an error.
 */
import type { ConvolutionParameter } from '../proto/messages.js';
import { filled } from '../proto/schema.js';
import { canonicalAxis, requireSameShape, showShape } from './axis.js';
import type { LayerContext, LayerType, ParamRequest } from './layer.js';

export const Convolution: LayerType = {
  type: 'Convolution',
  bottoms: [1, Infinity],
  tops: [1, Infinity],
  equalBottomsAndTops: true,
  options: 'convolution_param',
  setup(context) {
    const given = context.param.convolution_param ?? {};
    const p = filled('ConvolutionParameter', given);
    const { shape } = context.bottoms[0]!;
    const axis = canonicalAxis(context, p.axis, shape, 'convolution_param.axis');
    for (const i of context.bottoms.keys()) requireSameShape(context, i);
    const channels = shape[axis]!;
    if (p.num_output < 1) context.fail('num_output must be at least 1', { field: 'convolution_param.num_output' });
    checkGroup(context, p.group, channels, p.num_output);

    const window = windowOf(context, given, shape.length - axis - 1);
    const { kernel } = window;
    const output = windowCounts(context, window, axis);

    const params: ParamRequest[] = [
      { shape: [p.num_output, channels / p.group, ...kernel], filler: given.weight_filler ?? {} },
    ];
    if (p.bias_term) params.push({ shape: [p.num_output], filler: given.bias_filler ?? {} });
    return {
      tops: context.bottoms.map(() => [...shape.slice(0, axis), p.num_output, ...output]),
      params,
      attributes: { group: p.group, ...window },
      layout: { split: axis },
      backwardReads: { bottoms: context.bottoms.map((_, i) => i), tops: [] },
    };
  },
};

function checkGroup(context: LayerContext, group: number, channels: number, outputs: number): void {
  const field = 'convolution_param.group';
  if (group < 1) context.fail('group must be at least 1', { field });
  if (channels % group !== 0) {
    const { name, shape } = context.bottoms[0]!;
    context.fail(`group ${group} does not divide the ${channels} channels of blob "${name}" (${showShape(shape)})`, {
      field,
    });
  }
  if (outputs % group !== 0) context.fail(`group ${group} does not divide num_output ${outputs}`, { field });
}

/** Of a kernel over spatial axes; Im2col and Deconvolution have the same options. */
export interface Window {
  kernel: number[];
  stride: number[];
  pad: number[];
  dilation: number[];
}

/** How many windows there are along each axis of bottom 0 after `axis`. */
export function windowCounts(context: LayerContext, { kernel, stride, pad, dilation }: Window, axis: number): number[] {
  const { name, shape } = context.bottoms[0]!;
  return shape.slice(axis + 1).map((size, d) => {
    const extent = dilation[d]! * (kernel[d]! - 1) + 1;
    const room = size + 2 * pad[d]! - extent;
    if (room >= 0) return Math.floor(room / stride[d]!) + 1;
    const what = dilation[d] === 1 ? 'kernel' : 'dilated kernel';
    return context.fail(
      `the ${what} covers ${extent} along axis ${axis + 1 + d}, more than the ${size + 2 * pad[d]!} of blob "${name}" ` +
        `(${showShape(shape)}) with its padding: the output would have a negative size`,
      { field: 'convolution_param' },
    );
  });
}

export function windowOf(context: LayerContext, given: ConvolutionParameter, spatial: number): Window {
  return {
    kernel: perAxis(context, given, spatial, 'kernel_size', ['kernel_h', 'kernel_w'], undefined, 1),
    stride: perAxis(context, given, spatial, 'stride', ['stride_h', 'stride_w'], 1, 1),
    pad: perAxis(context, given, spatial, 'pad', ['pad_h', 'pad_w'], 0, 0),
    dilation: perAxis(context, given, spatial, 'dilation', undefined, 1, 1),
  };
}

/** One option for each spatial axis: a list of one or of all, or _h and _w, or the default. */
function perAxis(
  context: LayerContext,
  given: ConvolutionParameter,
  spatial: number,
  list: 'kernel_size' | 'stride' | 'pad' | 'dilation',
  pair: readonly ['kernel_h' | 'stride_h' | 'pad_h', 'kernel_w' | 'stride_w' | 'pad_w'] | undefined,
  otherwise: number | undefined,
  least: number,
): number[] {
  const field = (name: string) => `convolution_param.${name}`;
  const values = given[list] ?? [];
  const [h, w] = pair ? [given[pair[0]], given[pair[1]]] : [undefined, undefined];
  const check = (value: number, name: string) =>
    value >= least ? value : context.fail(`${name} must be at least ${least}`, { field: field(name) });

  if (pair && (h !== undefined || w !== undefined)) {
    const first = field(h !== undefined ? pair[0] : pair[1]);
    if (values.length > 0) context.fail(`${list} and ${pair[0]}, ${pair[1]} are both given`, { field: first });
    if (spatial !== 2) {
      context.fail(`${pair[0]} and ${pair[1]} are for two spatial axes, not ${spatial}: use ${list}`, { field: first });
    }
    const one = (value: number | undefined, name: string) =>
      check(
        value ?? otherwise ?? context.fail(`${pair[0]} and ${pair[1]} are needed together`, { field: first }),
        name,
      );
    return [one(h, pair[0]), one(w, pair[1])];
  }
  if (values.length === 0) {
    if (otherwise !== undefined || spatial === 0) return Array.from({ length: spatial }, () => otherwise ?? 1);
    context.fail('kernel_size is missing', {
      field: 'convolution_param',
      help: 'give kernel_size, or kernel_h and kernel_w',
    });
  }
  if (values.length !== 1 && values.length !== spatial) {
    context.fail(
      `${list} is given ${values.length} times: it must be given once, or once for each of ${spatial} spatial axes`,
      {
        field: field(list),
      },
    );
  }
  for (const value of values) check(value, list);
  return values.length === spatial ? [...values] : Array.from({ length: spatial }, () => values[0]!);
}
