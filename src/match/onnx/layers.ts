/** Each layer type as ONNX nodes (operator set 13), for testing: Dropout passes on, BatchNorm uses its running averages. */
import { filled } from '../../proto/schema.js';
import { clip, eltwise, exp, log, power, relu, swish, threshold } from './elementwise.js';
import type { AttributeValue } from './graph.js';
import { argMax, embed } from './indices.js';
import type { LayerToOnnx, OnnxContext } from './layer.js';
import { concat, crop, reshaped, slice, tile } from './rearrange.js';
import { lstm, lstmUnit, rnn } from './recurrent.js';
import { mvn, normalization1, reduction, softmax } from './statistics.js';
import { batchNorm, bias, convolution, innerProduct, prelu, scale } from './weights.js';
import { lrn, pooling, spp } from './windows.js';

/** One node, attributes and all. */
const simple =
  (type: string, attributes: (context: OnnxContext) => Record<string, AttributeValue> = () => ({})): LayerToOnnx =>
  (context) => [context.builder.node(type, context.bottoms, attributes(context), context.tops[0])];

const pass: LayerToOnnx = ({ bottoms, tops }) => tops.map(() => bottoms[0]!);

/** Types whose nodes are right wherever the images lie, or that see to it themselves. */
const ANYWHERE: Readonly<Record<string, LayerToOnnx>> = {
  AbsVal: simple('Abs'),
  BNLL: simple('Softplus'),
  Clip: clip,
  Concat: concat,
  Crop: crop,
  Dropout: pass,
  ELU: simple('Elu', ({ layer }) => ({ alpha: { float: filled('ELUParameter', layer.param.elu_param).alpha } })),
  Eltwise: eltwise,
  Exp: exp,
  Flatten: reshaped,
  InnerProduct: innerProduct,
  LSTM: lstm,
  LSTMUnit: lstmUnit,
  Log: log,
  Power: power,
  RNN: rnn,
  ReLU: relu,
  Reduction: reduction,
  Reshape: reshaped,
  Sigmoid: simple('Sigmoid'),
  Slice: slice,
  Softmax: softmax,
  Split: pass,
  Swish: swish,
  TanH: simple('Tanh'),
  Threshold: threshold,
  Tile: tile,
};

/** Types for which axis 0 is that of the images and axis 1 the channels. */
const IMAGES_FIRST: Readonly<Record<string, LayerToOnnx>> = {
  ArgMax: argMax,
  BatchNorm: batchNorm,
  Bias: bias,
  Convolution: convolution('Conv'),
  Deconvolution: convolution('ConvTranspose'),
  Embed: embed,
  LRN: lrn,
  MVN: mvn,
  Normalization1: normalization1,
  PReLU: prelu,
  Pooling: pooling,
  SPP: spp,
  Scale: scale,
};

export const TO_ONNX: Readonly<Record<string, LayerToOnnx>> = {
  ...ANYWHERE,
  ...Object.fromEntries(Object.entries(IMAGES_FIRST).map(([type, turn]) => [type, imagesFirst(turn)])),
};

function imagesFirst(turn: LayerToOnnx): LayerToOnnx {
  return (context) => {
    const { imageAxes, fail } = context;
    imageAxes.bottoms.forEach((axis, b) => {
      if (axis === 0) return;
      fail(`axis 0 of bottom ${b} must be that of the images`, `bottom[${b}]`);
    });
    return turn(context);
  };
}

const BATCH = 'which items of a batch come through depends on the batch';

/** Why other types have no words in ONNX. */
export const NOT_IN_ONNX: Readonly<Record<string, string>> = {
  BatchReindex: BATCH,
  Filter: BATCH,
};
