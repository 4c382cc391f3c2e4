/** Pass 2: a blob that several layers read gets a Split layer, so that each top has one reader and gradients add up. */
import type { LayerParameter, NetParameter } from '../proto/messages.js';
import { copyPositions } from '../proto/positions.js';
import { findSources } from './graph.js';

/** The net with Split layers, named and placed as Caffe does. A net that has them already comes back unchanged. */
export function insertSplits(param: NetParameter): NetParameter {
  const layers = param.layer ?? [];
  const uses = countUses(layers);
  if (uses.every((tops) => tops.every((n) => n < 2))) return param;
  const sources = findSources(layers);
  /** How many split tops of each top are given away. A loss weight takes the first. */
  const given = layers.map((layer) => (layer.top ?? []).map((_, t) => (lossWeight(layer, t) ? 1 : 0)));
  const out: LayerParameter[] = [];
  layers.forEach((layer, i) => {
    const bottom = layer.bottom?.map((blob, b) => {
      const { layer: from, top } = sources[i]![b]!;
      if (uses[from]![top]! < 2) return blob;
      return splitTop(blob, layers[from]!, top, given[from]![top]!++);
    });
    const split = uses[i]!.some((n, t) => n > 1 && lossWeight(layer, t));
    out.push(bottom || split ? copyLayer(layer, { ...(bottom && { bottom }) }) : layer);
    if (split) clearLossWeights(out.at(-1)!, uses[i]!);
    layer.top?.forEach((_, t) => {
      if (uses[i]![t]! > 1) out.push(splitLayer(layer, t, uses[i]![t]!));
    });
  });
  return { ...param, layer: out };
}

/** Readers of each top; an explicit loss weight reads too. */
function countUses(layers: readonly LayerParameter[]): number[][] {
  const uses = layers.map((layer) => (layer.top ?? []).map((_, t) => (lossWeight(layer, t) ? 1 : 0)));
  for (const bottoms of findSources(layers)) for (const { layer, top } of bottoms) uses[layer]![top]!++;
  return uses;
}

function lossWeight(layer: LayerParameter, top: number): number {
  return layer.loss_weight?.[top] ?? 0;
}

/**
 * The Split's first top carries the weight from now on. Caffe clears all of the layer's weights, which drops those of
 * its other tops and counts a loss layer twice, whose default is 1; a 0 in place of the one weight does neither.
 */
function clearLossWeights(layer: LayerParameter, uses: readonly number[]): void {
  layer.loss_weight = layer.loss_weight!.map((weight, t) => (uses[t]! > 1 ? 0 : weight));
}

function splitName(blob: string, producer: LayerParameter, top: number): string {
  return `${blob}_${producer.name ?? ''}_${top}_split`;
}

function splitTop(blob: string, producer: LayerParameter, top: number, k: number): string {
  return `${splitName(blob, producer, top)}_${k}`;
}

function splitLayer(producer: LayerParameter, top: number, count: number): LayerParameter {
  const blob = producer.top![top]!;
  const weight = lossWeight(producer, top);
  const layer: LayerParameter = {
    name: splitName(blob, producer, top),
    type: 'Split',
    bottom: [blob],
    top: Array.from({ length: count }, (_, k) => splitTop(blob, producer, top, k)),
    ...(weight && { loss_weight: Array.from({ length: count }, (_, k) => (k === 0 ? weight : 0)) }),
  };
  copyPositions(producer, layer);
  return layer;
}

function copyLayer(layer: LayerParameter, changes: LayerParameter): LayerParameter {
  const copy = { ...layer, ...changes };
  copyPositions(layer, copy);
  return copy;
}
