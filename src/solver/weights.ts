/** Trained weights into a net and out of it: Caffe's rules by layer name, and the .caffemodel it would write. */
import { SiameseError } from '../errors.js';
import type { Net, NetLayer } from '../net/net-types.js';
import type { Plan } from '../plan/plan.js';
import { encodeNetWithBlobs, type WeightBlob, type Weights } from '../proto/files.js';
import { encodeWeightsHdf5 } from '../proto/hdf5-caffe.js';
import type { BlobProto, LayerParameter, NetParameter } from '../proto/messages.js';
import { product, putParam, shapeString, takeParam } from './param-arena.js';

/** What takes a parameter's values, in Caffe's order: an Engine, say. */
export interface ParamSink {
  writeParam(id: number, values: Float32Array): void;
}

export interface Applied {
  /** Layers that took weights, layers of the file that the net lacks, layers with weights that the file lacks. */
  loaded: string[];
  ignored: string[];
  missing: string[];
}

/** As applyWeights, into an array that is laid out as the plan's parameters. */
export function copyWeights(net: Net, plan: Plan, arena: Float32Array, weights: Weights, file?: string): Applied {
  return applyWeights(net, { writeParam: (id, values) => putParam(plan, id, arena, values) }, weights, file);
}

/**
 * Caffe's CopyTrainedLayersFrom: every layer of the file goes to the first layer of the net with its name, so a shared
 * parameter is written as often as it stands in the file. Layers unknown to the net are ignored, layers unknown to the
 * file keep what they have. State that a layer keeps for itself (class centroids) may have grown: the part that both
 * have is copied.
 */
export function applyWeights(net: Net, params: ParamSink, weights: Weights, file?: string): Applied {
  const applied: Applied = { loaded: [], ignored: [], missing: [] };
  const seen = new Set<NetLayer>();
  for (const source of weights.layers) {
    const layer = net.layers.find((candidate) => candidate.param.name === source.name);
    if (!layer) {
      applied.ignored.push(source.name);
      continue;
    }
    seen.add(layer);
    // A file in HDF5 has shared parameters under their owner only.
    const absent = weights.sparse
      ? layer.params.filter((param, j) => !param.owner && !source.blobs.some(({ index }) => index === j)).length
      : 0;
    if (layer.params.length !== source.blobs.length + absent) {
      throw misfit(
        `incompatible number of blobs for layer '${source.name}': the net has ${layer.params.length}, ` +
          `${file ?? 'the file'} has ${source.blobs.length}`,
        source.name,
      );
    }
    source.blobs.forEach((blob, place) => {
      const j = blob.index ?? place;
      const param = layer.params[j];
      if (!param)
        throw misfit(`incompatible number of blobs for layer '${source.name}': it has no blob ${j}`, source.name);
      const state = !net.params[param.id]!.learnable;
      const fits = state ? sameRows(blob.shape, param.shape) : shapeFits(blob, param.shape);
      if (!fits || (!state && blob.data.length !== product(param.shape))) {
        throw misfit(
          `cannot copy param ${j} weights from layer '${source.name}'; shape mismatch. Source param shape is ` +
            `${shapeString(blob.shape)}; target param shape is ${shapeString(param.shape)}`,
          source.name,
        );
      }
      params.writeParam(param.id, state ? resized(blob.data, product(param.shape)) : blob.data);
    });
    if (source.blobs.length > 0) applied.loaded.push(source.name);
  }
  // A layer that shares all its parameters has what its owner has.
  const owners = net.layers.filter((layer) =>
    layer.params.some((param) => param.owner && net.params[param.id]!.learnable),
  );
  applied.missing = owners.filter((layer) => !seen.has(layer)).map((layer) => layer.param.name ?? '');
  return applied;
}

/** The net's present weights, as a file of them would be read: shared parameters under every layer that uses them. */
export function captureWeights(net: Net, plan: Plan, arena: Float32Array, diffs?: Float32Array): Weights {
  return {
    name: net.name,
    layers: net.layers.map((layer) => ({
      name: layer.param.name ?? '',
      type: layer.type.type,
      blobs: layer.params.map((param): WeightBlob => {
        const blob: WeightBlob = { shape: [...param.shape], data: takeParam(plan, param.id, arena) };
        if (diffs) blob.diff = takeParam(plan, param.id, diffs);
        return blob;
      }),
    })),
  };
}

/**
 * Bytes of the .caffemodel that Caffe would write for this net: its name and its filtered layers, Split layers
 * included, each with its phase and blobs, losses with their weight.
 */
export function encodeCaffemodel(net: Net, plan: Plan, arena: Float32Array, diffs?: Float32Array): Uint8Array {
  const weights = captureWeights(net, plan, arena, diffs);
  const layer = net.layers.map((netLayer, i): LayerParameter => {
    const { blobs: _given, ...param } = netLayer.param;
    const out: LayerParameter = { ...param, phase: param.phase ?? net.phase };
    if (netLayer.type.isLoss && (param.loss_weight ?? []).length === 0) out.loss_weight = [1];
    const blobs = weights.layers[i]!.blobs.map(blobProto);
    if (blobs.length > 0) out.blobs = blobs;
    return out;
  });
  const message: NetParameter = { layer };
  if (net.param.name !== undefined) message.name = net.param.name;
  return encodeNetWithBlobs(message);
}

/** The same as Caffe's HDF5: a group for each layer, shared parameters under their owner. */
export function encodeCaffemodelHdf5(net: Net, plan: Plan, arena: Float32Array, diffs?: Float32Array): Uint8Array {
  const weights = captureWeights(net, plan, arena, diffs);
  return encodeWeightsHdf5(weights, (layer, blob) => net.layers[layer]!.params[blob]!.owner);
}

function blobProto(blob: WeightBlob): BlobProto {
  const proto: BlobProto = { shape: { dim: blob.shape }, data: blob.data };
  if (blob.diff) proto.diff = blob.diff;
  return proto;
}

/** Equal shapes; the 4-d shape of an old file is compared right-aligned, as Caffe does. */
function shapeFits(blob: WeightBlob, shape: readonly number[]): boolean {
  if (blob.legacy && shape.length <= 4) {
    const aligned = [...new Array<number>(4 - shape.length).fill(1), ...shape];
    return aligned.join() === blob.shape.join();
  }
  return blob.shape.join() === shape.join();
}

/** Of state, the rows that both have; the others are zero. */
function resized(values: Float32Array, length: number): Float32Array {
  if (values.length === length) return values;
  const out = new Float32Array(length);
  out.set(values.subarray(0, length));
  return out;
}

function sameRows(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.slice(1).join() === b.slice(1).join();
}

function misfit(message: string, layer: string): SiameseError {
  return new SiameseError('input', message, {
    layer,
    help: "to learn this layer's parameters from scratch instead of copying them, rename the layer",
  });
}
