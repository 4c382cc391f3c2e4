/** A Data layer's supply for the engine: which records, in which order, ready before the engine asks. */
import type { FeedChunk, RecordSet } from '../engine/native.js';
import type { Phase } from '../layers/layer.js';
import type { LayerParameter } from '../proto/messages.js';
import type { RecordSource } from './record-source.js';

export interface FeedOptions {
  layer: LayerParameter;
  phase: Phase;
  source: RecordSource;
  /** Caffe's random_seed; -1: seeded from the clock (and then printed, so that the run can be repeated). */
  seed: number;
  /** Bytes that resident records may take in all; a larger source is streamed. */
  residentLimit?: number;
}

export interface Feed {
  /** The resident record set, or undefined when chunks bring their own records. */
  readonly resident: RecordSet | undefined;
  /** Mean to subtract (mean_file), whole record size, or undefined. */
  readonly mean: Float32Array | undefined;
  readonly recordsPerPass: number;
  /** The next `passes` batches; advances the cursor. */
  next(passes: number): Promise<FeedChunk>;
  /** Tells that these passes were really trained on, for the label query statistics. */
  used(chunk: FeedChunk, passes: number): void;
  /** Cursor, permutation and generator, as JSON-able data for the snapshot's sidecar. */
  state(): unknown;
  restore(state: unknown): void;
  /** Per label: records used so far and share of them; epoch = used / records with that label. */
  statistics(): LabelStatistics;
  close(): Promise<void>;
}

export interface LabelStatistics {
  labels: {
    label: number;
    records: number;
    primary: number;
    same: number;
    different: number;
    percent: number;
    epoch: number;
  }[];
}
