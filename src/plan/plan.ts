/**
 * The Plan: all that the native engine ever learns about a net. TypeScript makes it, C++ runs it.
 * It holds no policy and no file name: tensors with offsets, layers with attributes, two schedules.
 */
import type { Position } from '../errors.js';
import type { Attribute } from '../layers/layer.js';

export type { Attribute };

/**
 * Of all that follows and of the layers' attributes, as native/engine/plan_version.h has it: an engine of another version
 * would pass over what it does not know, and compute something else. test/plan/version.test.ts says when to raise it.
 */
export const PLAN_VERSION = 3;

/** Index into `Plan.tensors`; -1 where there is none. */
export type TensorId = number;

/**
 * A view of floats in one of the arenas, seen as a matrix of `rows` x `cols` with `pitch` floats from row to row.
 *
 * `shape` is the blob's shape as Caffe counts it. `split` says which axes are innermost: memory order is
 * shape[split], ..., shape[n-1], shape[0], ..., shape[split-1]; so rows = product of shape[split..],
 * cols = product of shape[..split]. split 0 is Caffe's own NCHW (cols 1, pitch 1); split 1 is "batch innermost"
 * (CHWN), in which every kernel's vectors run over images. A view of some of the batch (one tower of a stacked
 * batch) has pitch > cols.
 */
export interface PlanTensor {
  arena: 'activation' | 'param' | 'gradient';
  /** In floats from the start of the arena. */
  offset: number;
  shape: number[];
  split: number;
  pitch: number;
  /** Index of the layer (a Filter) that says at run time how many items of axis 0 there are; the shape has room for all. */
  items?: number | undefined;
  /**
   * Floats from column to column; 1 where it is left out. In a plan for a GPU all blobs lie in Caffe's own order, and a
   * layer that wants another split sees its rows side by side there: pitch 1, step = rows.
   */
  step?: number | undefined;
}

/** What a user can read or write by name. */
export interface PlanBlob {
  name: string;
  data: TensorId;
  diff: TensorId;
  /** False when the memory plan lets another blob overwrite it before the pass ends. */
  kept: boolean;
}

/** A parameter blob, stored once however many layers share it: learnable ones first, in Caffe's learnable_params order. */
export interface PlanParam {
  /** False for state that layers keep as blobs (Decode's centroids): saved, but no gradient, update or history. */
  learnable: boolean;
  /** `param { name }` if given, else "<layer>/<index>". */
  name: string;
  /** The layer that owns it and its index there. */
  layer: string;
  index: number;
  data: TensorId;
  diff: TensorId;
  lr_mult: number;
  decay_mult: number;
}

export interface PlanLayer {
  name: string;
  /** Native type: a line of native/layers/layers.def. Usually the Caffe type. */
  type: string;
  at?: Position | undefined;
  bottoms: { data: TensorId; diff: TensorId }[]; // diff -1: no gradient wanted there
  tops: { data: TensorId; diff: TensorId }[]; // diff -1: nothing comes back from there, as if it were 0
  params: { data: TensorId; diff: TensorId }[]; // diff -1: frozen here (lr_mult 0)
  attributes: Record<string, Attribute>;
  /** For printing only: names of the layers of other towers that this one computes as well, and of those fused into it. */
  merged?: string[] | undefined;
  fused?: string[] | undefined;
}

/*
 * Native layer types that the compiler inserts and no prototxt names:
 *   Relayout  bottom 0 -> top 0: same elements, other split or pitch (forward copies data, backward copies diff back).
 *   Stack     T bottoms (N, ...) -> one top (T*N, ...): towers as one batch; backward copies the parts back.
 */

export interface PlanSolver {
  /** SGD | Nesterov | AdaGrad | RMSProp | AdaDelta | Adam | AdamW */
  type: string;
  momentum: number;
  momentum2: number;
  rms_decay: number;
  delta: number;
  weight_decay: number;
  regularization_type: 'L2' | 'L1';
  /** <= 0: off. Threshold on the L2 norm over all gradients, applied before decay and before division by iter_size. */
  clip_gradients: number;
  iter_size: number;
}

/** One Data layer's feed: where its native layer gets records from. The record bytes travel apart, see engine/native.ts. */
export interface PlanFeed {
  /** Index into `Plan.layers` of the native layer of type "Data". */
  layer: number;
  name: string;
  /** Records consumed by one forward pass: batch_size x images_per_blob. */
  recordsPerPass: number;
}

export interface Plan {
  net: string;
  phase: 'TRAIN' | 'TEST';
  tensors: PlanTensor[];
  blobs: PlanBlob[];
  params: PlanParam[];
  layers: PlanLayer[];
  /** Indices into `layers`, in order. */
  forward: number[];
  backward: number[];
  feeds: PlanFeed[];
  /** Floats in each arena. param, gradient and each history slot have the same layout and size. */
  sizes: { activation: number; param: number };
  /**
   * Blobs with a loss: total loss of a pass = sum over these of weight x sum of elements.
   * The engine fills `diff` with the weight before each backward pass (-1: no backward).
   */
  losses: { data: TensorId; diff: TensorId; weight: number }[];
  /** Blobs copied out (NCHW order, concatenated) after each forward pass. By default the net's outputs in Caffe's order. */
  outputs: string[];
  solver?: PlanSolver | undefined;
}
