/** The table of contents: every layer type, by Caffe's type string. */
import { nearest, SiameseError } from '../errors.js';
import type { LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { AbsVal } from './AbsVal.js';
import { Accuracy } from './Accuracy.js';
import { AccuracyDecode } from './AccuracyDecode.js';
import { AccuracyEncoding } from './AccuracyEncoding.js';
import { ArcFaceLoss } from './ArcFaceLoss.js';
import { ArgMax } from './ArgMax.js';
import { BatchNorm } from './BatchNorm.js';
import { BatchReindex } from './BatchReindex.js';
import { Bias } from './Bias.js';
import { BNLL } from './BNLL.js';
import { Clip } from './Clip.js';
import { Concat } from './Concat.js';
import { ContrastiveLoss } from './ContrastiveLoss.js';
import { Convolution } from './Convolution.js';
import { Crop } from './Crop.js';
import { Data } from './Data.js';
import { DataSequence } from './DataSequence.js';
import { Decode } from './Decode.js';
import { Deconvolution } from './Deconvolution.js';
import { Dropout } from './Dropout.js';
import { DummyData } from './DummyData.js';
import { ELU } from './ELU.js';
import { Eltwise } from './Eltwise.js';
import { Embed } from './Embed.js';
import { EuclideanLoss } from './EuclideanLoss.js';
import { Exp } from './Exp.js';
import { Filter } from './Filter.js';
import { Flatten } from './Flatten.js';
import { HDF5Data } from './HDF5Data.js';
import { HDF5Output } from './HDF5Output.js';
import { HingeLoss } from './HingeLoss.js';
import { Im2col } from './Im2col.js';
import { ImageData } from './ImageData.js';
import { InfogainLoss } from './InfogainLoss.js';
import { InnerProduct } from './InnerProduct.js';
import { Input } from './Input.js';
import { Knn } from './Knn.js';
import { Log } from './Log.js';
import { LRN } from './LRN.js';
import { LSTM } from './LSTM.js';
import { LSTMUnit } from './LSTMUnit.js';
import type { LayerType } from './layer.js';
import { LazyTable } from './lazy-table.js';
import { MemoryData } from './MemoryData.js';
import { MultinomialLogisticLoss } from './MultinomialLogisticLoss.js';
import { MultiSimilarityLoss } from './MultiSimilarityLoss.js';
import { MVN } from './MVN.js';
import { Normalization1 } from './Normalization1.js';
import { Parameter } from './Parameter.js';
import { Pooling } from './Pooling.js';
import { Power } from './Power.js';
import { PReLU } from './PReLU.js';
import { Reduction } from './Reduction.js';
import { ReLU } from './ReLU.js';
import { Reshape } from './Reshape.js';
import { RNN } from './RNN.js';
import { Scale } from './Scale.js';
import { Sigmoid } from './Sigmoid.js';
import { SigmoidCrossEntropyLoss } from './SigmoidCrossEntropyLoss.js';
import { Silence } from './Silence.js';
import { Slice } from './Slice.js';
import { Softmax } from './Softmax.js';
import { SoftmaxWithLoss } from './SoftmaxWithLoss.js';
import { SPP } from './SPP.js';
import { Split } from './Split.js';
import { SupervisedContrastiveLoss } from './SupervisedContrastiveLoss.js';
import { Swish } from './Swish.js';
import { TanH } from './TanH.js';
import { Threshold } from './Threshold.js';
import { Tile } from './Tile.js';
import { TripletLoss } from './TripletLoss.js';
import { WeightedL1 } from './WeightedL1.js';
import { WindowData } from './WindowData.js';

/** An arrow each, so that the program loads a type's module when a net has a layer of it. */
export const layerTypes: ReadonlyMap<string, LayerType> = new LazyTable<LayerType>({
  AbsVal: () => AbsVal,
  Accuracy: () => Accuracy,
  AccuracyDecode: () => AccuracyDecode,
  AccuracyEncoding: () => AccuracyEncoding,
  ArcFaceLoss: () => ArcFaceLoss,
  ArgMax: () => ArgMax,
  BatchNorm: () => BatchNorm,
  BatchReindex: () => BatchReindex,
  Bias: () => Bias,
  BNLL: () => BNLL,
  Clip: () => Clip,
  Concat: () => Concat,
  ContrastiveLoss: () => ContrastiveLoss,
  Convolution: () => Convolution,
  Crop: () => Crop,
  Data: () => Data,
  DataSequence: () => DataSequence,
  Decode: () => Decode,
  Deconvolution: () => Deconvolution,
  Dropout: () => Dropout,
  DummyData: () => DummyData,
  Eltwise: () => Eltwise,
  ELU: () => ELU,
  Embed: () => Embed,
  EuclideanLoss: () => EuclideanLoss,
  Exp: () => Exp,
  Filter: () => Filter,
  Flatten: () => Flatten,
  HDF5Data: () => HDF5Data,
  HDF5Output: () => HDF5Output,
  HingeLoss: () => HingeLoss,
  Im2col: () => Im2col,
  ImageData: () => ImageData,
  InfogainLoss: () => InfogainLoss,
  InnerProduct: () => InnerProduct,
  Input: () => Input,
  Knn: () => Knn,
  Log: () => Log,
  LRN: () => LRN,
  LSTM: () => LSTM,
  LSTMUnit: () => LSTMUnit,
  MemoryData: () => MemoryData,
  MultinomialLogisticLoss: () => MultinomialLogisticLoss,
  MultiSimilarityLoss: () => MultiSimilarityLoss,
  MVN: () => MVN,
  Normalization1: () => Normalization1,
  Parameter: () => Parameter,
  Pooling: () => Pooling,
  Power: () => Power,
  PReLU: () => PReLU,
  Reduction: () => Reduction,
  ReLU: () => ReLU,
  Reshape: () => Reshape,
  RNN: () => RNN,
  Scale: () => Scale,
  Sigmoid: () => Sigmoid,
  SigmoidCrossEntropyLoss: () => SigmoidCrossEntropyLoss,
  Silence: () => Silence,
  Slice: () => Slice,
  Softmax: () => Softmax,
  SoftmaxWithLoss: () => SoftmaxWithLoss,
  Split: () => Split,
  SPP: () => SPP,
  SupervisedContrastiveLoss: () => SupervisedContrastiveLoss,
  Swish: () => Swish,
  TanH: () => TanH,
  Threshold: () => Threshold,
  Tile: () => Tile,
  TripletLoss: () => TripletLoss,
  WeightedL1: () => WeightedL1,
  WindowData: () => WindowData,
});

/** The type of a layer of a net. As in MyCaffe, case and underscores do not count: `accuracy_decode` is AccuracyDecode. */
export function findLayerType(layer: LayerParameter): LayerType {
  const given = layer.type ?? '';
  const found = layerTypes.get(given) ?? layerTypes.get(byLooseName.get(loose(given)) ?? '');
  if (found) return found;
  const at = positionOf(layer, 'type');
  if (given === '')
    throw new SiameseError('input', `layer "${layer.name ?? ''}" has no type`, { at, layer: layer.name });
  if (loose(given) === 'python') {
    throw new SiameseError('input', `layer "${layer.name ?? ''}" is of type Python, which would run Python code`, {
      at,
      layer: layer.name,
      help: 'replace it by a built-in layer: there is no Python here',
    });
  }
  if (loose(given) === 'recurrent') {
    throw new SiameseError(
      'input',
      `layer "${layer.name ?? ''}" is of type Recurrent, which is what LSTM and RNN share`,
      {
        at,
        layer: layer.name,
        help: 'use "LSTM" or "RNN"; Caffe has no layer of type Recurrent either',
      },
    );
  }
  const near = nearest(given, layerTypes.keys());
  throw new SiameseError('input', `layer "${layer.name ?? ''}" has the unknown type "${given}"`, {
    at,
    layer: layer.name,
    help: near ? `did you mean "${near}"?` : 'docs/layers.md lists the types there are',
  });
}

function loose(type: string): string {
  return type.replace(/_/g, '').toLowerCase();
}

const byLooseName = new Map([...layerTypes.keys()].map((name) => [loose(name), name]));
