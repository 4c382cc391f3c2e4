/** What a solver tells while it works: structured, so that a log, a progress bar and JSON are three readings of one thing. */
import type { LabelStatistics } from '../data/feed.js';
import type { SiameseError } from '../errors.js';
import type { Net } from '../net/net-types.js';
import type { Weights } from '../proto/files.js';
import type { NetParameter } from '../proto/messages.js';
import type { EncodingStatistics } from './collapse-monitor.js';
import type { SourceOfLayer } from './runnable-net.js';

/** One element of a net output. `lossWeight` is 0 where it is no loss. */
export interface OutputValue {
  name: string;
  value: number;
  lossWeight: number;
}

export interface SnapshotFiles {
  iteration: number;
  caffemodel: string;
  solverstate: string;
  /** What Caffe's files have no field for: data cursors, generators, the smoothed loss. */
  resume: string;
  /** Written by the afterSnapshot hook: centroids. */
  extra: string[];
}

/** What a hook gets to work with after a snapshot: the weights it holds, and the training records. */
export interface SnapshotContext {
  files: SnapshotFiles;
  /** The net's prototxt as written, before any pass, and the training net made of it. */
  param: NetParameter;
  net: Net;
  weights: Weights;
  /** Records of the training net's Data layers, by layer name. */
  sources: ReadonlyMap<string, SourceOfLayer>;
}

export interface DisplayEvent {
  type: 'display';
  iteration: number;
  /** Of this iteration, and the mean of the last average_loss iterations. */
  loss: number;
  smoothedLoss: number;
  outputs: OutputValue[];
  lr: number;
  /** multistep took this step at this iteration. */
  step?: number;
  iterationsPerSecond: number;
  /** Since the display before, and how many iterations that were. */
  seconds: number;
  display: number;
  /** Seconds until max_iter at the pace of this run; NaN when unknown. */
  eta: number;
  /** Share of the iterations' time, since the display before, in which the engine waited for data, 0 to 1. */
  dataWait: number;
  /** Label query statistics of the training feeds by layer name, if asked for. */
  statistics?: Record<string, LabelStatistics>;
  /** Of the encodings of the last batch, where a loss compares encodings. */
  encodings?: EncodingStatistics;
}

export type SolverEvent =
  | { type: 'initializing'; text: string }
  | { type: 'net'; phase: 'TRAIN' | 'TEST'; index: number; from: string }
  | { type: 'seed'; seed: number }
  | { type: 'ready' }
  | { type: 'weights'; file: string; ignored: string[]; missing: string[] }
  | { type: 'resuming'; file: string; iteration: number; data: 'continues' | 'restarts'; reason?: string }
  | { type: 'solving'; net: string; policy: string; iteration: number; maxIter: number }
  | { type: 'progress'; iteration: number; maxIter: number; loss: number; iterationsPerSecond: number; eta: number }
  | DisplayEvent
  | { type: 'debug'; lines: string[] }
  | { type: 'step'; iteration: number; step: number }
  | { type: 'testing'; iteration: number; net: number }
  | { type: 'test'; iteration: number; net: number; outputs: OutputValue[]; loss?: number }
  | { type: 'test-interrupted' }
  | { type: 'snapshotting'; iteration: number; what: 'caffemodel' | 'solverstate'; file: string }
  | { type: 'snapshot'; files: SnapshotFiles }
  | { type: 'final'; iteration: number; loss: number; smoothedLoss: number }
  /** dataWait: of all iterations of this run. */
  | { type: 'stopped'; iteration: number; dataWait: number }
  | { type: 'done'; iteration: number; dataWait: number }
  | { type: 'restart'; layer: string }
  | { type: 'warning'; warning: SiameseError };

export type SolverListener = (event: SolverEvent) => void;
