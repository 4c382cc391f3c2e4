/** A net after all passes: what the plan compiler, the snapshots and the printers read. */
import type { LayerSetup, LayerType, Phase } from '../layers/layer.js';
import type { FillerParameter, LayerParameter, NetParameter } from '../proto/messages.js';

export interface NetBlob {
  name: string;
  shape: number[];
  /** Some layer below the loss needs its gradient. */
  needsDiff: boolean;
  /**
   * Number of the layer (a Filter) that says at run time how many items there are: then axis 0 of the shape is only the
   * most. Blobs of one number have the same items.
   */
  items?: number | undefined;
}

export interface NetParam {
  /** Index into Net.params: this blob, owned here or by an earlier layer. */
  id: number;
  owner: boolean;
  lr_mult: number;
  decay_mult: number;
  shape: number[];
  filler: FillerParameter;
}

export interface NetLayer {
  param: LayerParameter;
  type: LayerType;
  setup: LayerSetup;
  /** Indices into Net.blobs (a blob per producer: an in-place top is the same blob). */
  bottoms: number[];
  tops: number[];
  params: NetParam[];
  /** Per bottom: Caffe's propagate_down after all rules. */
  propagateDown: boolean[];
  paramPropagateDown: boolean[];
  needsBackward: boolean;
  /** One per top; 0 where it is no loss. */
  lossWeights: number[];
}

export interface Net {
  name: string;
  phase: Phase;
  /** After filter, upgrade and split insertion: what a snapshot writes. */
  param: NetParameter;
  layers: NetLayer[];
  blobs: NetBlob[];
  /** Owned parameter blobs: learnable ones first, in Caffe's learnable_params order, then layers' own state. */
  params: {
    layer: number;
    index: number;
    name: string;
    shape: number[];
    filler: FillerParameter;
    learnable: boolean;
    lr_mult: number;
    decay_mult: number;
  }[];
  /** Unconsumed tops, alphabetical as Caffe prints them. */
  outputs: string[];
}
