/** The net of one tower with its weights as an ONNX file: from the bytes of an image to its encoding. */
import type { SiameseError } from '../../errors.js';
import { layerError } from '../../net/layer-error.js';
import type { Net, NetLayer } from '../../net/net-types.js';
import type { Weights } from '../../proto/files.js';
import type { TransformationParameter } from '../../proto/messages.js';
import { encode } from '../../proto/schema.js';
import { applyWeights } from '../../solver/weights.js';
import type { Tower } from '../tower.js';
import { type RecordShape, towerNet } from '../tower-net.js';
import { batchOf, OnnxBuilder } from './graph.js';
import { imageAxes } from './image-axes.js';
import type { ImageAxis } from './layer.js';
import { NOT_IN_ONNX, TO_ONNX } from './layers.js';

export interface OnnxOptions {
  /** The mean image, where the transform subtracts one. */
  mean?: Float32Array | undefined;
  /** The file of the weights, for messages. */
  weightsFile?: string | undefined;
  /** Noted in the file, as key and value. */
  metadata?: Readonly<Record<string, string>> | undefined;
}

export interface OnnxExport {
  bytes: Uint8Array;
  /** Names and dimensions without the batch, which may be of any size. */
  input: { name: string; shape: number[] };
  output: { name: string; shape: number[] };
}

/** Operator set 13 and IR version 7 are of 2020: every runtime in use reads them. */
const OPERATORS = 13;
const IR_VERSION = 7;

/**
 * The input takes pixels as they are, 0 to 255, planes in the order B, G, R, of the size that the net sees (after its crop);
 * scale and mean are in the graph. Throws SiameseError('input') with name and position of a layer that ONNX has no words for.
 */
export function exportOnnx(
  tower: Tower,
  recordShape: RecordShape,
  weights: Weights,
  options: OnnxOptions = {},
): OnnxExport {
  const net = towerNet(tower, recordShape, 1);
  const params = readParams(net, weights, options.weightsFile);
  const axes = imageAxes(tower, recordShape, net);
  const builder = new OnnxBuilder();
  const image = net.blobs[net.layers[0]!.tops[0]!]!;
  const shape = image.shape.slice(1) as [number, number, number];
  const input = builder.unique(tower.input);
  /** The value that each blob of the net is, by index: an in-place layer gives its blob a new one. */
  const values = new Map([
    [net.layers[0]!.tops[0]!, normalised(builder, input, tower.transform, shape, recordShape, options)],
  ]);
  for (const layer of net.layers.slice(1)) {
    const tops = convert(net, layer, axes, builder, values, params);
    for (const [t, top] of layer.tops.entries()) values.set(top, tops[t]!);
  }
  const encoding = net.blobs.findLastIndex(({ name }) => name === tower.encoding);
  if (axes[encoding] !== 0) {
    const layer = net.layers.findLast(({ tops }) => tops.includes(encoding))!;
    throw refused(layer, `"${tower.encoding}" must have the images along axis 0`, undefined);
  }
  // A value of its own, whatever the blob before it is called.
  const output = builder.node('Identity', [values.get(encoding)!], {}, 'encoding');
  const dims = net.blobs[encoding]!.shape.slice(1);
  const graph = builder.graph(tower.net || 'tower', batchOf(input, shape), batchOf(output, dims));
  const model = {
    ir_version: IR_VERSION,
    producer_name: 'siamese',
    doc_string: `Input: pixels 0 to 255, planes ${shape[0] === 3 ? 'B, G, R' : 'as stored'}; scale and mean are in the graph.`,
    graph,
    opset_import: [{ domain: '', version: OPERATORS }],
    metadata_props: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  };
  return {
    bytes: encode('OnnxModel', model),
    input: { name: input, shape: [...shape] },
    output: { name: output, shape: dims },
  };
}

/** Parameters by their number in the net. */
function readParams(net: Net, weights: Weights, file: string | undefined): Map<number, Float32Array> {
  const params = new Map<number, Float32Array>();
  const { missing } = applyWeights(net, { writeParam: (id, values) => params.set(id, values) }, weights, file);
  const [name] = missing;
  if (name === undefined) return params;
  const layer = net.layers.find(({ param }) => param.name === name)!;
  throw layerError(layer.param, `${file ?? 'the weight file'} has no weights for it`, {
    help: 'do the net and the weights belong together?',
  });
}

function convert(
  net: Net,
  layer: NetLayer,
  axes: readonly ImageAxis[],
  builder: OnnxBuilder,
  values: ReadonlyMap<number, string>,
  params: ReadonlyMap<number, Float32Array>,
): string[] {
  const fail = (why: string, field?: string): never => {
    throw refused(layer, why, field);
  };
  const turn = TO_ONNX[layer.type.type];
  if (!turn) return fail(NOT_IN_ONNX[layer.type.type] ?? 'ONNX export does not know this type');
  const constants = (index: number) => params.get(layer.params[index]!.id)!;
  return turn({
    builder,
    layer,
    bottoms: layer.bottoms.map((blob) => values.get(blob)!),
    tops: layer.tops.map((blob) => net.blobs[blob]!.name),
    imageAxes: { bottoms: layer.bottoms.map((blob) => axes[blob]), tops: layer.tops.map((blob) => axes[blob]) },
    shapes: { bottoms: layer.bottoms.map((blob) => net.blobs[blob]!.shape), tops: layer.setup.tops },
    param: (index, dims) => {
      const name = `${layer.param.name}_${index === 0 ? 'weights' : index === 1 ? 'bias' : index}`;
      return builder.floats(name, dims ?? layer.params[index]!.shape, constants(index));
    },
    values: constants,
    fail,
  });
}

function refused(layer: NetLayer, why: string, field: string | undefined): SiameseError {
  return layerError(layer.param, `cannot be exported: ${why}`, { field });
}

/** (x - mean) * scale, as Caffe's transformer does; the mean image is cropped at its centre, as in testing. */
function normalised(
  builder: OnnxBuilder,
  input: string,
  transform: TransformationParameter | undefined,
  [channels, height, width]: readonly [number, number, number],
  record: RecordShape,
  { mean }: OnnxOptions,
): string {
  let value = input;
  const values = transform?.mean_value ?? [];
  const [, fullHeight, fullWidth] = record;
  if (mean) {
    const [top, left] = [Math.floor((fullHeight - height) / 2), Math.floor((fullWidth - width) / 2)];
    const inside = Float32Array.from({ length: channels * height * width }, (_, i) => {
      const [c, y, x] = [Math.floor(i / height / width), Math.floor(i / width) % height, i % width];
      return mean[(c * fullHeight + y + top) * fullWidth + x + left]!;
    });
    value = builder.node('Sub', [value, builder.floats('mean', [1, channels, height, width], inside)]);
  } else if (values.length > 0) {
    value = builder.node('Sub', [value, builder.floats('mean', [1, values.length, 1, 1], [...values])]);
  }
  const scale = transform?.scale ?? 1;
  return scale === 1 ? value : builder.node('Mul', [value, builder.scalar('scale', scale)]);
}
