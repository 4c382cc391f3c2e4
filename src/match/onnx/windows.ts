/**
 * Caffe's pooling in ONNX's operators.
 *
 * Caffe rounds the number of windows up, leaves out a window that would begin beyond the image and its leading padding, and
 * divides an average by the part of the window within image and padding on both sides. ONNX's ceil_mode agrees with neither
 * in every case, so the padding at the end is made explicit, and averages that a rim cuts are scaled.
 */
import type { LayerToOnnx, OnnxContext } from './layer.js';

interface Windows {
  kernel: number[];
  stride: number[];
  pad: number[];
}

export const pooling: LayerToOnnx = (context) => {
  const { tops, layer, shapes, fail } = context;
  const { pool, ...windows } = layer.setup.attributes as unknown as Windows & { pool: string };
  if (tops.length > 1) fail('the places of the maxima cannot be exported', 'top[1]');
  return [pooled(context, pool, windows, shapes.tops[0]!.slice(2), tops[0]!)];
};

/** Level by level, each bin a window; what a bin's padding takes in counts where Caffe counts it. */
export const spp: LayerToOnnx = (context) => {
  const { builder, tops, layer, shapes } = context;
  const [, channels, ...size] = shapes.bottoms[0] as [number, number, number, number];
  const { pool } = layer.setup.attributes as { pool: string };
  const levels: string[] = [];
  for (let bins = 1, left = shapes.tops[0]![1]! / channels; left > 0; left -= bins * bins, bins *= 2) {
    const kernel = size.map((length) => Math.ceil(length / bins));
    const pad = size.map((length, d) => Math.floor((kernel[d]! * bins - length + 1) / 2));
    const level = pooled(context, pool, { kernel, stride: kernel, pad }, [bins, bins], `${tops[0]}_${bins}`);
    const flat = () => builder.integers(`${tops[0]}_shape`, [-1, channels * bins * bins]);
    levels.push(shapes.tops[0]!.length === 4 ? level : builder.node('Reshape', [level, flat()]));
  }
  return [levels.length === 1 ? levels[0]! : builder.node('Concat', levels, { axis: 1 }, tops[0])];
};

function pooled(
  { builder, bottoms, shapes, fail }: OnnxContext,
  pool: string,
  { kernel, stride, pad }: Windows,
  output: readonly number[],
  name: string,
): string {
  const size = shapes.bottoms[0]!.slice(2);
  const end = size.map((length, d) => Math.max(0, (output[d]! - 1) * stride[d]! + kernel[d]! - length - pad[d]!));
  if (end.some((margin, d) => margin >= kernel[d]!)) {
    fail('a window lies wholly outside the image, which ONNX does not know', 'pooling_param');
  }
  const attributes = { kernel_shape: kernel, strides: stride, pads: [...pad, ...end] };
  const [bottom] = bottoms as [string];
  if (pool === 'MAX') return builder.node('MaxPool', [bottom], attributes, name);
  if (pool === 'STOCHASTIC') {
    // sum x^2 / sum x of each window, and 0 where the sum is not above 0.
    const mean = (value: string) => builder.node('AveragePool', [value], { ...attributes, count_include_pad: 1 });
    const [squares, sums] = [mean(builder.node('Mul', [bottom, bottom])), mean(bottom)];
    const zero = builder.scalar('zero', 0);
    const above = builder.node('Greater', [sums, zero]);
    return builder.node('Where', [above, builder.node('Div', [squares, sums]), zero], {}, name);
  }
  const counts = size.map((length, d) => lengthsWithin(length, output[d]!, { kernel, stride, pad }, d));
  const area = kernel[0]! * kernel[1]!;
  const cut = counts.some((lengths, d) => lengths.some((length) => length !== kernel[d]));
  const mean = builder.node('AveragePool', [bottom], { ...attributes, count_include_pad: 1 }, cut ? undefined : name);
  if (!cut) return mean;
  const factors = counts[0]!.flatMap((h) => counts[1]!.map((w) => (h * w > 0 ? area / (h * w) : 0)));
  const factor = builder.floats(`${name}_area`, [1, 1, ...output], factors);
  return builder.node('Mul', [mean, factor], {}, name);
}

/** How much of each window along an axis lies within the image and its padding. */
function lengthsWithin(length: number, count: number, { kernel, stride, pad }: Windows, d: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride[d]! - pad[d]!;
    return Math.min(start + kernel[d]!, length + pad[d]!) - start;
  });
}

export const lrn: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const { local_size: size, alpha, beta, k, within } = layer.setup.attributes as Record<string, number>;
  const [x] = bottoms as [string];
  if (!within) {
    const floats = { alpha: { float: alpha! }, beta: { float: beta! }, bias: { float: k! } };
    return [builder.node('LRN', [x], { size: size!, ...floats }, tops[0])];
  }
  const margin = (size! - 1) / 2;
  const square = builder.node('Mul', [x, x]);
  const window = { kernel_shape: [size!, size!], strides: [1, 1], pads: [margin, margin, margin, margin] };
  const mean = builder.node('AveragePool', [square], { ...window, count_include_pad: 1 });
  const scaled = builder.node('Mul', [mean, builder.scalar('alpha', alpha!)]);
  const sum = builder.node('Add', [scaled, builder.scalar('k', k!)]);
  const power = builder.node('Pow', [sum, builder.scalar('beta', -beta!)]);
  return [builder.node('Mul', [x, power], {}, tops[0])];
};
