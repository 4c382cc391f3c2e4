/** Layers that treat each value by itself, as ONNX nodes. */
import { filled } from '../../proto/schema.js';
import type { LayerToOnnx, OnnxContext } from './layer.js';

export const relu: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const slope = layer.setup.attributes.negative_slope as number;
  if (slope === 0) return [builder.node('Relu', bottoms, {}, tops[0])];
  return [builder.node('LeakyRelu', bottoms, { alpha: { float: slope } }, tops[0])];
};

export const power: LayerToOnnx = (context) => {
  const { builder, tops, layer } = context;
  const { power: exponent, scale: factor, shift } = filled('PowerParameter', layer.param.power_param);
  const inner = affine(context, factor, shift);
  if (exponent === 1) return [builder.node('Identity', [inner], {}, tops[0])];
  return [builder.node('Pow', [inner, builder.scalar('power', exponent)], {}, tops[0])];
};

/** ln(base), base -1 being e. */
const logarithm = (base: number) => (base === -1 ? 1 : Math.log(base));

export const exp: LayerToOnnx = (context) => {
  const p = filled('ExpParameter', context.layer.param.exp_param);
  const factor = logarithm(p.base);
  return [context.builder.node('Exp', [affine(context, p.scale * factor, p.shift * factor)], {}, context.tops[0])];
};

export const log: LayerToOnnx = (context) => {
  const { builder, tops, layer } = context;
  const p = filled('LogParameter', layer.param.log_param);
  const natural = builder.node('Log', [affine(context, p.scale, p.shift)], {}, p.base === -1 ? tops[0] : undefined);
  if (p.base === -1) return [natural];
  return [builder.node('Mul', [natural, builder.scalar('base', 1 / logarithm(p.base))], {}, tops[0])];
};

export const swish: LayerToOnnx = (context) => {
  const { builder, bottoms, tops, layer } = context;
  const { beta } = filled('SwishParameter', layer.param.swish_param);
  return [builder.node('Mul', [bottoms[0]!, builder.node('Sigmoid', [affine(context, beta, 0)])], {}, tops[0])];
};

export const clip: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const { min, max } = filled('ClipParameter', layer.param.clip_param);
  return [builder.node('Clip', [bottoms[0]!, builder.scalar('min', min), builder.scalar('max', max)], {}, tops[0])];
};

export const threshold: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
  const { threshold: limit } = filled('ThresholdParameter', layer.param.threshold_param);
  const above = builder.node('Greater', [bottoms[0]!, builder.scalar('threshold', limit)]);
  return [builder.node('Cast', [above], { to: 1 }, tops[0])];
};

export const eltwise: LayerToOnnx = ({ builder, bottoms, tops, layer }) => {
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

/** scale * x + shift, without what changes nothing. */
function affine({ builder, bottoms }: OnnxContext, scale: number, shift: number): string {
  let value = bottoms[0]!;
  if (scale !== 1) value = builder.node('Mul', [value, builder.scalar('scale', scale)]);
  if (shift !== 0) value = builder.node('Add', [value, builder.scalar('shift', shift)]);
  return value;
}
