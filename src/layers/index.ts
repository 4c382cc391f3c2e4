/** The table of contents: every layer type, by Caffe's type string. */
import { nearest, SiameseError } from '../errors.js';
import type { LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { Accuracy } from './Accuracy.js';
import { AccuracyDecode } from './AccuracyDecode.js';
import { AccuracyEncoding } from './AccuracyEncoding.js';
import { Concat } from './Concat.js';
import { ContrastiveLoss } from './ContrastiveLoss.js';
import { Convolution } from './Convolution.js';
import { Data } from './Data.js';
import { Decode } from './Decode.js';
import { Dropout } from './Dropout.js';
import { DummyData } from './DummyData.js';
import { Eltwise } from './Eltwise.js';
import { EuclideanLoss } from './EuclideanLoss.js';
import { Flatten } from './Flatten.js';
import { InnerProduct } from './InnerProduct.js';
import { Input } from './Input.js';
import type { LayerType } from './layer.js';
import { Pooling } from './Pooling.js';
import { Power } from './Power.js';
import { ReLU } from './ReLU.js';
import { Reshape } from './Reshape.js';
import { Silence } from './Silence.js';
import { Slice } from './Slice.js';
import { Softmax } from './Softmax.js';
import { SoftmaxWithLoss } from './SoftmaxWithLoss.js';
import { Split } from './Split.js';

export const layerTypes: ReadonlyMap<string, LayerType> = new Map(
  [
    Accuracy,
    AccuracyDecode,
    AccuracyEncoding,
    Concat,
    ContrastiveLoss,
    Convolution,
    Data,
    Decode,
    Dropout,
    DummyData,
    Eltwise,
    EuclideanLoss,
    Flatten,
    InnerProduct,
    Input,
    Pooling,
    Power,
    ReLU,
    Reshape,
    Silence,
    Slice,
    Softmax,
    SoftmaxWithLoss,
    Split,
  ].map((type) => [type.type, type]),
);

/** The type of a layer of a net. As in MyCaffe, case and underscores do not count: `accuracy_decode` is AccuracyDecode. */
export function findLayerType(layer: LayerParameter): LayerType {
  const given = layer.type ?? '';
  const found = layerTypes.get(given) ?? byLooseName.get(loose(given));
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

const byLooseName = new Map([...layerTypes.values()].map((type) => [loose(type.type), type]));
