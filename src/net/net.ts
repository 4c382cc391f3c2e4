/** The net, from a NetParameter by passes in this order: filter, split, shapes, items, params, backward. Read this file first. */
import type { SiameseError } from '../errors.js';
import { SiameseError as Failure } from '../errors.js';
import { findLayerType } from '../layers/index.js';
import type { LayerType, Phase } from '../layers/layer.js';
import type { LayerParameter, NetParameter } from '../proto/messages.js';
import { copyPositions } from '../proto/positions.js';
import { planBackward } from './backward.js';
import { filterNet } from './filter.js';
import { findSources } from './graph.js';
import { followItems } from './items.js';
import { layerError, throwAll } from './layer-error.js';
import type { Net } from './net-types.js';
import { shareParams } from './params.js';
import { AUTOMATIC, inferShapes } from './shapes.js';
import { insertSplits } from './split.js';

export { filterNet } from './filter.js';
export { insertSplits } from './split.js';

export interface NetOptions {
  phase: Phase;
  level?: number | undefined;
  stages?: readonly string[] | undefined;
  /** [C, H, W] of the records that a Data layer will get. */
  recordShapes?: ((dataLayer: LayerParameter) => [number, number, number] | undefined) | undefined;
  /** For HDF5Data: shapes of one row of each of its datasets. */
  recordParts?: ((dataLayer: LayerParameter) => readonly (readonly number[])[] | undefined) | undefined;
  /** Highest label of the training records + 1. */
  labelCount?: number | undefined;
  warn?: ((warning: SiameseError) => void) | undefined;
  /** Default: the table of src/layers. */
  findType?: ((layer: LayerParameter) => LayerType) | undefined;
}

export function buildNet(param: NetParameter, options: NetOptions): Net {
  const filtered = filterNet(param, options);
  findSources(filtered.layer ?? [], param.layer);
  const split = insertSplits(filtered);
  const types = findTypes(split.layer ?? [], options.findType ?? findLayerType);
  const layers = (split.layer ?? []).map((layer, l) => settle(layer, types[l]!, options.phase));
  warnOfTwins(layers, options.warn);
  const { layers: shaped, blobs } = inferShapes(layers, types, options);
  const items = followItems(layers, types, { layers: shaped, blobs }, options);
  const { layers: params, params: owned } = shareParams(
    layers,
    shaped.map(({ setup }) => setup.params),
  );
  const lossWeights = shaped.map(({ tops }, l) => lossWeightsOf(layers[l]!, tops.length));
  const { layers: flows, needsDiff } = planBackward(
    layers.map((layer, l) => ({
      param: layer,
      type: types[l]!,
      bottoms: shaped[l]!.bottoms,
      tops: shaped[l]!.tops,
      lossWeights: lossWeights[l]!,
      lrMults: params[l]!.map(({ id }, p) => (owned[id]!.learnable ? (layer.param?.[p]?.lr_mult ?? 1) : 0)),
    })),
    blobs.length,
    split.force_backward,
  );
  return {
    name: split.name ?? '',
    phase: options.phase,
    param: { ...split, layer: layers },
    layers: layers.map((layer, l) => ({
      param: layer,
      type: types[l]!,
      ...shaped[l]!,
      params: params[l]!,
      ...flows[l]!,
      lossWeights: lossWeights[l]!,
    })),
    blobs: blobs.map((blob, b) => ({
      ...blob,
      needsDiff: needsDiff[b]!,
      ...(items[b] !== undefined && { items: items[b] }),
    })),
    params: owned,
    outputs: findOutputs(layers),
  };
}

/** Every layer of unknown type is named, not only the first. */
function findTypes(layers: readonly LayerParameter[], find: (layer: LayerParameter) => LayerType): LayerType[] {
  const errors: SiameseError[] = [];
  const types = layers.flatMap((layer) => {
    try {
      return [find(layer)];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      errors.push(error);
      return [];
    }
  });
  throwAll(errors);
  return types;
}

/** A layer as Caffe's snapshots show it: the type's own spelling, its phase, a loss layer's weight, multipliers of 0. */
function settle(layer: LayerParameter, type: LayerType, phase: Phase): LayerParameter {
  const tops = Math.max(layer.top?.length ?? 0, type.autoTops ? type.tops[0] : 0);
  const settled = { ...layer, type: type.type, phase: layer.phase ?? phase };
  if (type.isLoss && !layer.loss_weight?.length) {
    settled.loss_weight = Array.from({ length: tops }, (_, t) => (t === 0 ? 1 : 0));
  }
  if (type.fixedParams) {
    const fixed = Array.from({ length: type.fixedParams }, (_, p) => ({ lr_mult: 0, ...layer.param?.[p] }));
    settled.param = [...fixed, ...(layer.param ?? []).slice(type.fixedParams)];
  }
  copyPositions(layer, settled);
  return settled;
}

function lossWeightsOf(layer: LayerParameter, tops: number): number[] {
  const weights = layer.loss_weight ?? [];
  if (weights.length === 0) return new Array<number>(tops).fill(0);
  if (weights.length !== tops) {
    throw layerError(layer, `loss_weight is given ${weights.length} times for ${tops} top${tops === 1 ? '' : 's'}`, {
      field: 'loss_weight',
      help: 'give none, or one for each top',
    });
  }
  return [...weights];
}

/** Tops that nothing reads, in the order of Caffe's std::set. */
function findOutputs(layers: readonly LayerParameter[]): string[] {
  const unread = new Set<string>();
  for (const { bottom, top } of layers) {
    for (const blob of bottom ?? []) unread.delete(blob);
    for (const blob of top ?? []) if (blob !== AUTOMATIC) unread.add(blob);
  }
  return [...unread].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Weights are kept by layer name, so that two layers of one name would overwrite each other's. */
function warnOfTwins(layers: readonly LayerParameter[], warn: NetOptions['warn']): void {
  const seen = new Set<string>();
  for (const layer of layers) {
    const name = layer.name ?? '';
    if (seen.has(name)) warn?.(layerError(layer, 'another layer has the same name', { field: 'name' }));
    seen.add(name);
  }
}
