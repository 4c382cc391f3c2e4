/** Layers that sum up or normalise values along axes, as ONNX nodes. */
import { filled } from '../../proto/schema.js';
import type { LayerToOnnx } from './layer.js';

export const mvn: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes }) => {
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

export const normalization1: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes }) => {
  const axes = shapes.bottoms[0]!.map((_, a) => a).slice(1);
  const type = layer.setup.attributes.norm === 'L1' ? 'ReduceL1' : 'ReduceL2';
  const norm = builder.node(type, bottoms, { axes, keepdims: 1 });
  const divisor = builder.node('Max', [norm, builder.scalar('least', LEAST_NORM)]);
  return [builder.node('Div', [bottoms[0]!, divisor], {}, tops[0])];
};

export const reduction: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, imageAxes, fail }) => {
  const { operation, coeff } = layer.setup.attributes as { operation: string; coeff: number };
  const axis = shapes.tops[0]!.length;
  if (imageAxes.tops[0] !== imageAxes.bottoms[0])
    fail('a sum over the batch cannot be exported', 'reduction_param.axis');
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

export const softmax: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, imageAxes, fail }) => {
  const given = filled('SoftmaxParameter', layer.param.softmax_param).axis;
  const axis = given < 0 ? given + shapes.bottoms[0]!.length : given;
  if (axis === imageAxes.bottoms[0]) fail('a softmax over the batch cannot be exported', 'softmax_param.axis');
  return [builder.node('Softmax', bottoms, { axis }, tops[0])];
};
