/** A net on its way to a plan: layers over numbered blobs, which the towers pass may rewrite, with no memory yet. */
import type { Position } from '../errors.js';
import type { LayerSetup } from '../layers/layer.js';
import type { Net, NetLayer } from '../net/net-types.js';
import { positionOf } from '../proto/positions.js';

export interface DraftBlob {
  name: string;
  shape: readonly number[];
  /** Some layer writes its gradient. */
  needsDiff: boolean;
  /** See NetBlob. */
  items?: number | undefined;
  /** The version of the same blob that an in-place layer makes this one of; its gradient is the name's, as in Caffe. */
  changes?: number | undefined;
}

export interface DraftLayer {
  name: string;
  /** Native type. */
  type: string;
  at?: Position | undefined;
  /** The net's layer; the towers pass inserts some without. */
  source?: NetLayer | undefined;
  setup: LayerSetup;
  /** Says how many items there are in blobs whose `items` is this number. */
  counts?: number | undefined;
  bottoms: number[];
  tops: number[];
  /** Number in Net.params, the shape here (PERMISSIVE sharing), and whether this layer adds to its gradient. */
  params: { id: number; shape: readonly number[]; diff: boolean }[];
  /** Runs backward. */
  backward: boolean;
  propagateDown: boolean[];
  lossWeights: number[];
  /** Nothing but this layer and its tops' readers sees the bottom, so that its views may be changed in place. */
  exclusive?: boolean | undefined;
  /** Names of the layers of other towers that it computes as well. */
  merged?: string[] | undefined;
  /** Names of the layers that became a part of it. */
  fused?: string[] | undefined;
}

/** What a blob's name stands for: a draft blob, or some of its batch. */
export interface DraftName {
  name: string;
  blob: number;
  start?: number | undefined;
  length?: number | undefined;
}

export interface Draft {
  blobs: DraftBlob[];
  layers: DraftLayer[];
  names: DraftName[];
}

export function draftNet(net: Net, backward: boolean): Draft {
  const blobs = net.blobs.map(({ name, shape, needsDiff, items }) => ({
    name,
    shape,
    needsDiff: backward && needsDiff,
    items,
  }));
  const layers = net.layers.map((layer, l): DraftLayer => {
    const runs = layer.needsBackward && layer.tops.some((top) => blobs[top]!.needsDiff);
    return {
      name: layer.param.name ?? '',
      type: layer.setup.nativeType ?? layer.type.type,
      at: positionOf(layer.param),
      source: layer,
      setup: layer.setup,
      counts: layer.tops.some((top) => net.blobs[top]!.items === l) ? l : undefined,
      bottoms: layer.bottoms,
      tops: layer.tops,
      params: layer.params.map(({ id, shape }, p) => ({
        id,
        shape,
        diff: runs && layer.paramPropagateDown[p]! && net.params[id]!.learnable,
      })),
      backward: runs,
      propagateDown: layer.propagateDown.map((down) => runs && down),
      lossWeights: layer.lossWeights,
    };
  });
  return { blobs, layers, names: blobs.map(({ name }, blob) => ({ name, blob })) };
}
