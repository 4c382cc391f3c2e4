/** A Data layer's supply for the engine: which records, in which order, ready before the engine asks. */
import type { FeedChunk, RecordSet } from '../engine/native.js';
import type { SiameseError } from '../errors.js';
import type { Phase } from '../layers/layer.js';
import type { LayerParameter } from '../proto/messages.js';
import type { RecordSource } from './record-source.js';

export interface FeedOptions {
  layer: LayerParameter;
  phase: Phase;
  source: RecordSource;
  /** Caffe's random_seed; -1: seeded from the clock (and then printed, so that the run can be repeated). */
  seed: number;
  /** Bytes that resident records may take in all; a larger source is streamed. Default 1 GiB. */
  residentLimit?: number;
  /** Where a relative mean_file is looked for when it is not in the working directory, where Caffe looks. */
  baseFolder?: string;
  /** Told when the records begin anew, as they are fetched: some chunks ahead of the engine. */
  onRestart?: ((layer: string) => void) | undefined;
  /** Told what is odd but no error, such as pairs wanted of a set with one class. */
  warn?: (warning: SiameseError) => void;
}

export interface Feed {
  /** The resident record set, or undefined when chunks bring their own records. */
  readonly resident: RecordSet | undefined;
  /** Mean to subtract (mean_file), whole record size, or undefined. */
  readonly mean: Float32Array | undefined;
  readonly recordsPerPass: number;
  /** The seed in use: options.seed, or the one drawn from the clock. */
  readonly seed: number;
  /** The next `passes` batches; advances the cursor, but not where it rejects. */
  next(passes: number): Promise<FeedChunk>;
  /** Tells that these passes were really trained on, for the label query statistics. */
  used(chunk: FeedChunk, passes: number): void;
  /**
   * Cursor and generators, as JSON-able data for the snapshot's sidecar. Without arguments: after all that `next` has
   * handed out. With them: after the first `passes` passes of that chunk, for a run that was interrupted within it or
   * that asked for a further chunk ahead. restore(state(chunk, passes)) hands out the rest of the chunk again.
   */
  state(chunk?: FeedChunk, passes?: number): unknown;
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
