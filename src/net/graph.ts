/** Who makes the blob that a layer reads: bottoms resolved to tops, and the errors of a net that does not hang together. */
import type { SiameseError } from '../errors.js';
import { nearest } from '../errors.js';
import type { LayerParameter } from '../proto/messages.js';
import { layerError, throwAll } from './layer-error.js';

/** Top `top` of layer number `layer`. */
export interface Source {
  layer: number;
  top: number;
}

/**
 * The source of every bottom of every layer: the last layer before it with a top of that name (an in-place layer makes
 * its blob anew). `absent` are layers that the filter left out, to word the errors.
 */
export function findSources(layers: readonly LayerParameter[], absent: readonly LayerParameter[] = []): Source[][] {
  const last = new Map<string, Source>();
  const errors: SiameseError[] = [];
  const sources = layers.map((layer, index) => {
    const found = (layer.bottom ?? []).map((blob, b) => {
      const source = last.get(blob);
      if (!source) errors.push(unknownBottom(layer, b, last.keys(), layers.slice(index + 1), absent));
      return source ?? { layer: -1, top: -1 };
    });
    (layer.top ?? []).forEach((blob, t) => {
      const before = last.get(blob);
      if (before && !isInPlace(layer, t)) errors.push(duplicateTop(layer, t, layers[before.layer]!));
      last.set(blob, { layer: index, top: t });
    });
    return found;
  });
  throwAll(errors);
  return sources;
}

/** Caffe's rule: a top is in place when the bottom of the same number has its name. */
export function isInPlace(layer: LayerParameter, top: number): boolean {
  return layer.top?.[top] !== undefined && layer.top[top] === layer.bottom?.[top];
}

function unknownBottom(
  layer: LayerParameter,
  b: number,
  known: Iterable<string>,
  later: readonly LayerParameter[],
  absent: readonly LayerParameter[],
): SiameseError {
  const blob = layer.bottom![b]!;
  const makes = (other: LayerParameter) => other.top?.includes(blob);
  const tooLate = later.find(makes);
  const leftOut = absent.find(makes);
  const near = nearest(blob, known);
  let help: string | undefined;
  if (tooLate) help = `layer "${tooLate.name ?? ''}" makes it further down: move that layer before this one`;
  else if (leftOut) help = `layer "${leftOut.name ?? ''}" makes it, but its include or exclude rules leave it out here`;
  else if (near) help = `did you mean "${near}"?`;
  return layerError(layer, `unknown bottom blob "${blob}": no layer before it has such a top`, {
    field: `bottom[${b}]`,
    help,
  });
}

function duplicateTop(layer: LayerParameter, t: number, first: LayerParameter): SiameseError {
  const blob = layer.top![t]!;
  const b = layer.bottom?.indexOf(blob) ?? -1;
  return layerError(layer, `top blob "${blob}" is made twice: layer "${first.name ?? ''}" makes it already`, {
    field: `top[${t}]`,
    help: b >= 0 ? `to work in place, top ${t} must be bottom ${t}` : 'give one of the two tops another name',
  });
}
