/** Layers with parameters, as ONNX nodes. */
import { filled } from '../../proto/schema.js';
import type { LayerToOnnx, OnnxContext } from './layer.js';
import { reshape } from './rearrange.js';

/** With the pads of both ends and whatever of the attributes the layer has. */
export function convolution(type: 'Conv' | 'ConvTranspose'): LayerToOnnx {
  return ({ builder, bottoms, tops, layer, param, fail }) => {
    const { kernel, stride, pad, dilation, group } = layer.setup.attributes as Record<string, number[]> & {
      group: number;
    };
    const { axis } = filled('ConvolutionParameter', layer.param.convolution_param);
    if (axis !== 1) fail('only channels on axis 1 can be exported', 'convolution_param.axis');
    const attributes = {
      kernel_shape: kernel!,
      strides: stride!,
      pads: [...pad!, ...pad!],
      dilations: dilation ?? kernel!.map(() => 1),
      group,
    };
    const params = layer.params.map((_, p) => param(p));
    return bottoms.map((bottom, b) => builder.node(type, [bottom, ...params], attributes, tops[b]));
  };
}

export const innerProduct: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, imageAxes, param }) => {
  const rank = shapes.tops[0]!.length;
  const bottomRank = shapes.bottoms[0]!.length;
  const axis = rank - 1;
  const flat = bottomRank === 2 && axis === 1 ? bottoms[0]! : builder.node('Flatten', bottoms, { axis });
  const transB = layer.setup.attributes.transpose ? 0 : 1;
  const inputs = [flat, ...layer.params.map((_, p) => param(p))];
  if (rank === 2) return [builder.node('Gemm', inputs, { transB }, tops[0])];
  const product = builder.node('Gemm', inputs, { transB });
  return [reshape(builder, product, shapes.tops[0]!, imageAxes.tops[0], tops[0]!)];
};

export const batchNorm: LayerToOnnx = ({ builder, bottoms, tops, layer, values, fail }) => {
  const { eps, use_global_stats: global, channels } = layer.setup.attributes as Record<string, number>;
  if (!global) fail('statistics of the batch cannot be exported', 'batch_norm_param.use_global_stats');
  const weight = values(2)[0]!;
  const factor = weight === 0 ? 0 : 1 / weight;
  const averages = [0, 1].map((p) => {
    return builder.floats(
      `${tops[0]}_${p ? 'variance' : 'mean'}`,
      [channels!],
      values(p).map((v) => v * factor),
    );
  });
  const one = builder.floats(`${tops[0]}_one`, [channels!], new Float32Array(channels!).fill(1));
  const zero = builder.floats(`${tops[0]}_zero`, [channels!], new Float32Array(channels!));
  const inputs = [bottoms[0]!, one, zero, ...averages];
  return [builder.node('BatchNormalization', inputs, { epsilon: { float: eps! } }, tops[0])];
};

export const scale: LayerToOnnx = (context) => {
  const { builder, bottoms, tops, layer, param, fail } = context;
  const { axis, bias_term } = filled('ScaleParameter', layer.param.scale_param);
  if (bottoms.length > 1) fail('a scale computed by the net cannot be exported', 'bottom[1]');
  const factor = param(0, spread(context, 0, axis));
  const product = builder.node('Mul', [bottoms[0]!, factor], {}, bias_term ? undefined : tops[0]);
  return bias_term ? [builder.node('Add', [product, param(1, spread(context, 1, axis))], {}, tops[0])] : [product];
};

export const bias: LayerToOnnx = (context) => {
  const { builder, bottoms, tops, layer, param, fail } = context;
  if (bottoms.length > 1) fail('a bias computed by the net cannot be exported', 'bottom[1]');
  const { axis } = filled('BiasParameter', layer.param.bias_param);
  return [builder.node('Add', [bottoms[0]!, param(0, spread(context, 0, axis))], {}, tops[0])];
};

export const prelu: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, param }) => {
  const { shape } = layer.params[0]!;
  const dims = shape.length > 0 ? [...shape, ...shapes.bottoms[0]!.slice(2).map(() => 1)] : [1];
  return [builder.node('PRelu', [bottoms[0]!, param(0, dims)], {}, tops[0])];
};

/** The dimensions of a factor so that it is spread over the blob's axes: ones to its right. */
function spread({ layer, shapes }: OnnxContext, index: number, given: number): number[] {
  const rank = shapes.bottoms[0]!.length;
  const axis = given < 0 ? given + rank : given;
  const { shape } = layer.params[index]!;
  if (shape.length === 0) return [];
  return [...shape, ...new Array<number>(rank - axis - shape.length).fill(1)];
}
