/** Each layer type as ONNX nodes (operator set 13), for testing: Dropout passes on, BatchNorm uses its running averages. */
import { filled } from '../../proto/schema.js';
import type { AttributeValue } from './graph.js';
import { argMax, embed } from './indices.js';
import type { LayerToOnnx, OnnxContext } from './layer.js';
import { lrn, pooling, spp } from './windows.js';

/** One node, attributes and all. */
const simple =
  (type: string, attributes: (context: OnnxContext) => Record<string, AttributeValue> = () => ({})): LayerToOnnx =>
  (context) => [context.builder.node(type, context.bottoms, attributes(context), context.tops[0])];

const pass: LayerToOnnx = ({ bottoms, tops }) => tops.map(() => bottoms[0]!);

/** scale * x + shift, without what changes nothing. */
function affine({ builder, bottoms }: OnnxContext, scale: number, shift: number): string {
  let value = bottoms[0]!;
  if (scale !== 1) value = builder.node('Mul', [value, builder.scalar('scale', scale)]);
  if (shift !== 0) value = builder.node('Add', [value, builder.scalar('shift', shift)]);
  return value;
}

/** With the pads of both ends and whatever of the attributes the layer has. */
function convolution(type: 'Conv' | 'ConvTranspose'): LayerToOnnx {
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

const innerProduct: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, param }) => {
  const rank = shapes.tops[0]!.length;
  const bottomRank = shapes.bottoms[0]!.length;
  const axis = rank - 1;
  const flat = bottomRank === 2 && axis === 1 ? bottoms[0]! : builder.node('Flatten', bottoms, { axis });
  const transB = layer.setup.attributes.transpose ? 0 : 1;
  const inputs = [flat, ...layer.params.map((_, p) => param(p))];
  if (rank === 2) return [builder.node('Gemm', inputs, { transB }, tops[0])];
  const product = builder.node('Gemm', inputs, { transB });
  return [reshape(builder, product, shapes.tops[0]!, tops[0]!)];
};

/** To a shape for one image; the batch takes what is left. */
function reshape(builder: OnnxContext['builder'], value: string, shape: readonly number[], name: string): string {
  return builder.node('Reshape', [value, builder.integers(`${name}_shape`, [-1, ...shape.slice(1)])], {}, name);
}

const reshaped: LayerToOnnx = ({ builder, bottoms, tops, shapes, fail }) => {
  if (shapes.bottoms[0]![0] !== shapes.tops[0]![0]) fail('the batch axis must stay the first');
  return [reshape(builder, bottoms[0]!, shapes.tops[0]!, tops[0]!)];
};

const batchNorm: LayerToOnnx = ({ builder, bottoms, tops, layer, values, fail }) => {
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

/** The dimensions of a factor so that it is spread over the blob's axes: ones to its right. */
function spread({ layer, shapes }: OnnxContext, index: number, given: number): number[] {
  const rank = shapes.bottoms[0]!.length;
  const axis = given < 0 ? given + rank : given;
  const { shape } = layer.params[index]!;
  if (shape.length === 0) return [];
  return [...shape, ...new Array<number>(rank - axis - shape.length).fill(1)];
}

const scale: LayerToOnnx = (context) => {
  const { builder, bottoms, tops, layer, param, fail } = context;
  const { axis, bias_term } = filled('ScaleParameter', layer.param.scale_param);
  if (bottoms.length > 1) fail('a scale computed by the net cannot be exported', 'bottom[1]');
  const factor = param(0, spread(context, 0, axis));
  const product = builder.node('Mul', [bottoms[0]!, factor], {}, bias_term ? undefined : tops[0]);
  return bias_term ? [builder.node('Add', [product, param(1, spread(context, 1, axis))], {}, tops[0])] : [product];
};

const bias: LayerToOnnx = (context) => {
  const { builder, bottoms, tops, layer, param, fail } = context;
  if (bottoms.length > 1) fail('a bias computed by the net cannot be exported', 'bottom[1]');
  const { axis } = filled('BiasParameter', layer.param.bias_param);
  return [builder.node('Add', [bottoms[0]!, param(0, spread(context, 0, axis))], {}, tops[0])];
};

const prelu: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, param }) => {
  const { shape } = layer.params[0]!;
  const dims = shape.length > 0 ? [...shape, ...shapes.bottoms[0]!.slice(2).map(() => 1)] : [1];
  return [builder.node('PRelu', [bottoms[0]!, param(0, dims)], {}, tops[0])];
};

const relu: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const slope = layer.setup.attributes.negative_slope as number;
  if (slope === 0) return [builder.node('Relu', bottoms, {}, tops[0])];
  return [builder.node('LeakyRelu', bottoms, { alpha: { float: slope } }, tops[0])];
};

const power: LayerToOnnx = (context) => {
  const { builder, tops, layer } = context;
  const { power: exponent, scale: factor, shift } = filled('PowerParameter', layer.param.power_param);
  const inner = affine(context, factor, shift);
  if (exponent === 1) return [builder.node('Identity', [inner], {}, tops[0])];
  return [builder.node('Pow', [inner, builder.scalar('power', exponent)], {}, tops[0])];
};

/** ln(base), base -1 being e. */
const logarithm = (base: number) => (base === -1 ? 1 : Math.log(base));

const exp: LayerToOnnx = (context) => {
  const p = filled('ExpParameter', context.layer.param.exp_param);
  const factor = logarithm(p.base);
  return [context.builder.node('Exp', [affine(context, p.scale * factor, p.shift * factor)], {}, context.tops[0])];
};

const log: LayerToOnnx = (context) => {
  const { builder, tops, layer } = context;
  const p = filled('LogParameter', layer.param.log_param);
  const natural = builder.node('Log', [affine(context, p.scale, p.shift)], {}, p.base === -1 ? tops[0] : undefined);
  if (p.base === -1) return [natural];
  return [builder.node('Mul', [natural, builder.scalar('base', 1 / logarithm(p.base))], {}, tops[0])];
};

const swish: LayerToOnnx = (context) => {
  const { builder, bottoms, tops, layer } = context;
  const { beta } = filled('SwishParameter', layer.param.swish_param);
  return [builder.node('Mul', [bottoms[0]!, builder.node('Sigmoid', [affine(context, beta, 0)])], {}, tops[0])];
};

const clip: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const { min, max } = filled('ClipParameter', layer.param.clip_param);
  return [builder.node('Clip', [bottoms[0]!, builder.scalar('min', min), builder.scalar('max', max)], {}, tops[0])];
};

const threshold: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const { threshold: limit } = filled('ThresholdParameter', layer.param.threshold_param);
  const above = builder.node('Greater', [bottoms[0]!, builder.scalar('threshold', limit)]);
  return [builder.node('Cast', [above], { to: 1 }, tops[0])];
};

const eltwise: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const { operation, coeff } = layer.setup.attributes as { operation: string; coeff: number[] };
  const type = { SUM: 'Add', PROD: 'Mul', MAX: 'Max' }[operation]!;
  const terms = bottoms.map((bottom, b) =>
    operation !== 'SUM' || coeff[b] === 1 ? bottom : builder.node('Mul', [bottom, builder.scalar('coeff', coeff[b]!)]),
  );
  const [first, ...rest] = terms as [string, ...string[]];
  return [
    rest.reduce(
      (sum, term, t) => builder.node(type, [sum, term], {}, t === rest.length - 1 ? tops[0] : undefined),
      first,
    ),
  ];
};

const slice: LayerToOnnx = ({ builder, bottoms, tops, shapes, fail }) => {
  const axis = differingAxis([...shapes.tops, shapes.bottoms[0]!]);
  if (tops.length === 1) return [bottoms[0]!];
  if (axis === 0) fail('the batch cannot be sliced', 'slice_param.axis');
  const lengths = builder.integers(
    `${tops[0]}_lengths`,
    shapes.tops.map((shape) => shape[axis]!),
  );
  return builder.nodeOf('Split', [bottoms[0]!, lengths], { axis }, tops);
};

const concat: LayerToOnnx = ({ builder, bottoms, tops, shapes, fail }) => {
  if (bottoms.length === 1) return [bottoms[0]!];
  const axis = differingAxis([...shapes.bottoms, shapes.tops[0]!]);
  if (axis === 0) fail('the batch cannot grow', 'concat_param.axis');
  return [builder.node('Concat', bottoms, { axis }, tops[0])];
};

function differingAxis(shapes: readonly (readonly number[])[]): number {
  const [first] = shapes as [readonly number[]];
  return Math.max(
    0,
    first.findIndex((dim, d) => shapes.some((shape) => shape[d] !== dim)),
  );
}

const crop: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, fail }) => {
  const offsets = layer.setup.attributes.offsets as number[];
  const [from, to] = [shapes.bottoms[0]!, shapes.tops[0]!];
  const first = from.length - offsets.length;
  if (first === 0 && offsets[0] !== 0) fail('the batch cannot be cropped', 'crop_param.axis');
  const axes = to.flatMap((dim, axis) => (axis > 0 && dim !== from[axis] ? [axis] : []));
  if (axes.length === 0) return [bottoms[0]!];
  const starts = axes.map((axis) => offsets[axis - first]!);
  const name = tops[0]!;
  const inputs = [
    builder.integers(`${name}_starts`, starts),
    builder.integers(
      `${name}_ends`,
      axes.map((axis, i) => starts[i]! + to[axis]!),
    ),
    builder.integers(`${name}_axes`, axes),
  ];
  return [builder.node('Slice', [bottoms[0]!, ...inputs], {}, name)];
};

const tile: LayerToOnnx = ({ builder, bottoms, tops, shapes, fail }) => {
  const repeats = shapes.tops[0]!.map((dim, axis) => dim / shapes.bottoms[0]![axis]!);
  if (repeats[0] !== 1) fail('the batch cannot be tiled', 'tile_param.axis');
  return [builder.node('Tile', [bottoms[0]!, builder.integers(`${tops[0]}_repeats`, repeats)], {}, tops[0])];
};

const mvn: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes }) => {
  const p = filled('MVNParameter', layer.param.mvn_param);
  const rank = shapes.bottoms[0]!.length;
  const axes = Array.from({ length: rank }, (_, a) => a).slice(p.across_channels ? 1 : Math.min(2, rank));
  const mean = builder.node('ReduceMean', bottoms, { axes, keepdims: 1 });
  const centred = builder.node('Sub', [bottoms[0]!, mean], {}, p.normalize_variance ? undefined : tops[0]);
  if (!p.normalize_variance) return [centred];
  const variance = builder.node('ReduceMean', [builder.node('Mul', [centred, centred])], { axes, keepdims: 1 });
  const deviation = builder.node('Add', [builder.node('Sqrt', [variance]), builder.scalar('eps', p.eps)]);
  return [builder.node('Div', [centred, deviation], {}, tops[0])];
};

/** The smallest normal float: an item of zeros stays one, as with us, and no other norm is below it. */
const LEAST_NORM = 2 ** -126;

const normalization1: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes }) => {
  const axes = shapes.bottoms[0]!.map((_, a) => a).slice(1);
  const type = layer.setup.attributes.norm === 'L1' ? 'ReduceL1' : 'ReduceL2';
  const norm = builder.node(type, bottoms, { axes, keepdims: 1 });
  const divisor = builder.node('Max', [norm, builder.scalar('least', LEAST_NORM)]);
  return [builder.node('Div', [bottoms[0]!, divisor], {}, tops[0])];
};

const reduction: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, fail }) => {
  const { operation, coeff } = layer.setup.attributes as { operation: string; coeff: number };
  const axis = shapes.tops[0]!.length;
  if (axis === 0) fail('a sum over the batch cannot be exported', 'reduction_param.axis');
  const axes = shapes.bottoms[0]!.map((_, a) => a).slice(axis);
  const type = { SUM: 'ReduceSum', ASUM: 'ReduceL1', SUMSQ: 'ReduceSumSquare', MEAN: 'ReduceMean' }[operation]!;
  const name = coeff === 1 ? tops[0] : undefined;
  // In operator set 13 only ReduceSum takes its axes as an input.
  const sum =
    type === 'ReduceSum'
      ? builder.node(type, [bottoms[0]!, builder.integers('axes', axes)], { keepdims: 0 }, name)
      : builder.node(type, bottoms, { axes, keepdims: 0 }, name);
  return [coeff === 1 ? sum : builder.node('Mul', [sum, builder.scalar('coeff', coeff)], {}, tops[0])];
};

const softmax = simple('Softmax', ({ layer, shapes }) => {
  const { axis } = filled('SoftmaxParameter', layer.param.softmax_param);
  return { axis: axis < 0 ? axis + shapes.bottoms[0]!.length : axis };
});

export const TO_ONNX: Readonly<Record<string, LayerToOnnx>> = {
  AbsVal: simple('Abs'),
  ArgMax: argMax,
  BNLL: simple('Softplus'),
  BatchNorm: batchNorm,
  Bias: bias,
  Clip: clip,
  Concat: concat,
  Convolution: convolution('Conv'),
  Crop: crop,
  Deconvolution: convolution('ConvTranspose'),
  Dropout: pass,
  ELU: simple('Elu', ({ layer }) => ({ alpha: { float: filled('ELUParameter', layer.param.elu_param).alpha } })),
  Eltwise: eltwise,
  Embed: embed,
  Exp: exp,
  Flatten: reshaped,
  InnerProduct: innerProduct,
  LRN: lrn,
  Log: log,
  MVN: mvn,
  Normalization1: normalization1,
  PReLU: prelu,
  Pooling: pooling,
  Power: power,
  ReLU: relu,
  Reduction: reduction,
  Reshape: reshaped,
  SPP: spp,
  Scale: scale,
  Sigmoid: simple('Sigmoid'),
  Slice: slice,
  Softmax: softmax,
  Split: pass,
  Swish: swish,
  TanH: simple('Tanh'),
  Threshold: threshold,
  Tile: tile,
};

const SEQUENCE =
  "its first axis is time and its cont says where sequences begin; ONNX's has no such input, and takes the first axis of a file for the batch of images";
const BATCH = 'which items of a batch come through depends on the batch';

/** Why other types have no words in ONNX. */
export const NOT_IN_ONNX: Readonly<Record<string, string>> = {
  BatchReindex: BATCH,
  Filter: BATCH,
  LSTM: SEQUENCE,
  LSTMUnit: SEQUENCE,
  RNN: SEQUENCE,
};
