/**
 * Floating-point operations of a layer, counted from its formula: one for each addition, multiplication, comparison,
 * division, root, power or exponential; a multiply-add counts as two. Copies and views count nothing.
 */
import type { Net, NetLayer } from './net-types.js';

export interface Flops {
  forward: number;
  /** Only what training needs: no gradient of frozen parameters, none of the data. */
  backward: number;
}

/** Operations for each element of the (first) top. What is not here moves data only, or is counted below. */
const PER_ELEMENT: Readonly<Record<string, number>> = {
  AbsVal: 1,
  BNLL: 4,
  BatchNorm: 2,
  Bias: 1,
  Clip: 2,
  Dropout: 1,
  ELU: 4,
  Exp: 3,
  Log: 3,
  MVN: 5,
  Normalization1: 3,
  PReLU: 2,
  Power: 3,
  ReLU: 1,
  Sigmoid: 3,
  Swish: 5,
  TanH: 4,
  Threshold: 1,
};

/** Operations for each element of the first bottom. */
const PER_INPUT: Readonly<Record<string, number>> = {
  ContrastiveLoss: 3,
  EuclideanLoss: 3,
  HingeLoss: 3,
  InfogainLoss: 6,
  MultinomialLogisticLoss: 2,
  Reduction: 2,
  SigmoidCrossEntropyLoss: 6,
  Softmax: 4,
  SoftmaxWithLoss: 5,
  TripletLoss: 6,
};

const TRAINED_STATISTICS = 7;

/** Of one pass over the whole batch. */
export function flopsOf(net: Net, layer: NetLayer): Flops {
  const [top = 0] = layer.tops.map((blob) => count(net.blobs[blob]!.shape));
  const [bottom = 0] = layer.bottoms.map((blob) => count(net.blobs[blob]!.shape));
  const weights = layer.params[0] ? count(layer.params[0].shape) : 0;
  const { type } = layer.type;
  const product = productOf(type, layer, bottom, top, weights);
  if (product !== undefined) return trained(layer, product, top);
  const forward = elementwise(net, layer, bottom, top);
  return { forward, backward: layer.needsBackward ? forward : 0 };
}

/** Of the layers that are matrix products: a multiply-add for each weight and each place where it is applied. */
function productOf(
  type: string,
  { bottoms, setup }: NetLayer,
  bottom: number,
  top: number,
  weights: number,
): number | undefined {
  const outputs = setup.params[0]?.shape;
  if (!outputs) return undefined;
  if (type === 'Convolution') return 2 * (top / outputs[0]!) * weights * bottoms.length;
  if (type === 'Deconvolution') return 2 * (bottom / outputs[0]!) * weights * bottoms.length;
  if (type === 'InnerProduct') return (2 * bottom * weights) / inputsOf(setup);
  if (type === 'LSTM' || type === 'RNN' || type === 'Recurrent') return recurrent(setup, top);
  return undefined;
}

function inputsOf({ params, attributes }: NetLayer['setup']): number {
  return params[0]!.shape[attributes.transpose ? 0 : 1]!;
}

/** Every weight matrix meets every time step of every stream. */
function recurrent({ params, tops }: NetLayer['setup'], top: number): number {
  const steps = top / (tops[0]!.at(-1) ?? 1);
  return params.filter(({ shape }) => shape.length > 1).reduce((sum, { shape }) => sum + 2 * count(shape) * steps, 0);
}

/** Backward, a product runs once for the weights and once for the data, where these are wanted. */
function trained(layer: NetLayer, product: number, top: number): Flops {
  const bias = layer.params.length > 1 ? top : 0;
  const times = (layer.paramPropagateDown[0] ? 1 : 0) + (layer.propagateDown[0] ? 1 : 0);
  const backward = layer.needsBackward ? times * product + (layer.paramPropagateDown[1] ? bias : 0) : 0;
  return { forward: product + bias, backward };
}

function elementwise(
  net: Net,
  { type: { type }, setup, bottoms, tops, params }: NetLayer,
  bottom: number,
  top: number,
) {
  const { attributes } = setup;
  if (type === 'Pooling') {
    return top * count(attributes.kernel as number[]);
  }
  if (type === 'LRN') return top * (Number(attributes.local_size) ** (attributes.within ? 2 : 1) + 4);
  if (type === 'BatchNorm') return top * (attributes.use_global_stats ? PER_ELEMENT.BatchNorm! : TRAINED_STATISTICS);
  if (type === 'Scale') return top * Math.max(1, params.length);
  if (type === 'Eltwise') {
    const coeff = (attributes.coeff as number[] | undefined) ?? [];
    return top * (bottoms.length - 1 + coeff.filter((factor) => factor !== 1).length);
  }
  if (type === 'SPP') return bottom * tops.length;
  if (type === 'Data' && (attributes.scale !== 1 || (attributes.mean_values as number[] | undefined)?.length)) {
    return count(net.blobs[tops[0]!]!.shape) * 2;
  }
  return PER_ELEMENT[type] === undefined ? bottom * (PER_INPUT[type] ?? 0) : top * PER_ELEMENT[type];
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
