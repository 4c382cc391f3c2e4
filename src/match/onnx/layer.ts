/** What turns one layer into ONNX nodes is given, and what it returns. */
import type { NetLayer } from '../../net/net-types.js';
import type { OnnxBuilder } from './graph.js';

export type ImageAxis = number | undefined;

export interface OnnxContext {
  builder: OnnxBuilder;
  layer: NetLayer;
  /** Names of values of the graph. */
  bottoms: readonly string[];
  /** Wanted names of its results. */
  tops: readonly string[];
  /** Of one image. */
  shapes: { bottoms: readonly (readonly number[])[]; tops: readonly (readonly number[])[] };
  /** The axis that grows with the number of images: 0 but behind a Reshape; none where a blob is the same for any number. */
  imageAxes: { bottoms: readonly ImageAxis[]; tops: readonly ImageAxis[] };
  /** A parameter's numbers, as a constant of the shape given, or of its own. */
  param(index: number, dims?: readonly number[]): string;
  values(index: number): Float32Array;
  fail(why: string, field?: string): never;
}

/** Names of the values that the tops become: a bottom's own name where nothing is to be done. */
export type LayerToOnnx = (context: OnnxContext) => string[];
