/** The whole native surface (that of matching is in native-match.ts), and the only place that loads the addon. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { buildCommand, packageRoot } from '../package-root.js';
import { PLAN_VERSION, type Plan } from '../plan/plan.js';
import type { NativeMatch } from './native-match.js';

/** How one image of a record batch is cropped and flipped; 3 int32 each: top, left, mirror (0 or 1). */
export type Crops = Int32Array;

/** Numbers of an affine map, and of one with bends: kMapSize and kBentWarpSize of native/engine/feed.h. */
export const AFFINE_WARP = 6;
export const BENT_WARP = AFFINE_WARP + 2 * 6 * 6;

/** A set of records of one size, as bytes or floats, C x H x W each, one after another. */
export interface RecordSet {
  bytes?: Uint8Array;
  floats?: Float32Array;
  labels: Float32Array;
  count: number;
  channels: number;
  height: number;
  width: number;
}

/** What one Data layer eats during one `run`: record numbers into its resident set, or the records themselves. */
export interface FeedChunk {
  /** passes x recordsPerPass record numbers; within a pass the images of item 0 first, then item 1, ... */
  order: Int32Array;
  /** If given, `order` counts into this set instead of the resident one. */
  records?: RecordSet;
  /** One triple per entry of `order`; absent: centre crop, no mirror. */
  crops?: Crops;
  /**
   * In place of crops: six numbers a, b, c, d, e, f per entry of `order`. Pixel (x, y) of the blob is the record's at
   * (a x + b y + c, d x + e y + f), bilinearly; beyond the border by the layer's rule. With BENT_WARP numbers per entry,
   * displacements of 6 x 6 control points follow, along x, then along y, which move (x, y) before it is mapped.
   */
  warps?: Float32Array;
  /** Added to the label of each entry of `order`. */
  labelShifts?: Float32Array;
}

export interface RunRequest {
  /** Forward passes (mode forward) or solver iterations (mode train; each is iter_size passes). */
  count: number;
  mode: 'train' | 'forward' | 'forward-backward';
  /** By index in plan.feeds. */
  feeds: FeedChunk[];
  /** Train: learning rate of each iteration (float32, before lr_mult). */
  rates?: Float32Array;
  /** Train: number of the first iteration (Adam's bias correction counts from it). */
  firstIteration?: number;
  /** Receives the total loss of each pass (train: mean over iter_size). */
  losses?: Float32Array;
  /** Receives plan.outputs of each pass (train: of the last sub-pass of the iteration), NCHW, concatenated. */
  outputs?: Float32Array;
}

export interface RunResult {
  /** Passes or iterations really done: fewer than count after interrupt(). */
  done: number;
  /** Milliseconds the engine computed, and waited for nothing: for the share of time spent on data. */
  computeMs: number;
}

/** The engine of one net. One call at a time; a call while busy rejects. dispose() is idempotent. */
export interface NativeEngine {
  run(request: RunRequest): Promise<RunResult>;
  /** The resident record set of a feed; the memory is referenced, not copied. */
  setRecords(feed: number, records: RecordSet): void;
  /** Mean to subtract: C x H x W floats of the whole (uncropped) record. */
  setMean(feed: number, mean: Float32Array): void;
  /** Elements of a blob now: fewer than its shape says where a Filter lets fewer items through. */
  count(blob: string, kind: 'data' | 'diff'): number;
  /** By blob name, NCHW; `out.length` must equal the count. Throws while busy. */
  read(blob: string, kind: 'data' | 'diff', out: Float32Array): void;
  write(blob: string, kind: 'data' | 'diff', from: Float32Array): void;
  /** One parameter by index in plan.params, in Caffe's order of elements; history1 is the second slot (Adam's v). */
  readParam(param: number, kind: ParamKind, out: Float32Array): void;
  writeParam(param: number, kind: ParamKind, from: Float32Array): void;
  /** A whole arena: params, gradients (after a train run: the last update values), or history (slot-major). */
  readArena(arena: 'param' | 'gradient' | 'history', out: Float32Array): void;
  writeArena(arena: 'param' | 'gradient' | 'history', from: Float32Array): void;
  /** State blob of a native layer that keeps some (Dropout's generator, ...); empty when none. */
  readState(layer: string): Uint8Array;
  writeState(layer: string, state: Uint8Array): void;
  /** Layer times in nanoseconds, forward then backward, summed since the last call; for `siamese time`. */
  profile(on: boolean): Float64Array;
  /** Stops the current run after the iteration in progress. */
  interrupt(): void;
  /** Threads it computes with. */
  threads(): number;
  dispose(): void;
}

export type ParamKind = 'data' | 'diff' | 'history0' | 'history1';

/** What the addon adds to an Error, for engine.ts to word. */
export interface NativeError extends Error {
  code?: 'data' | 'diverged' | 'device' | 'internal';
  /** Index into plan.layers of the layer that failed. */
  layer?: number;
  /** Of the loss that is no number. */
  iteration?: number;
}

/** Caffe's generator: boost-compatible mt19937 and distributions, so that `random_seed` means Caffe's own weights. */
export interface NativeRandom {
  /** One raw 32-bit draw. */
  next(): number;
  /** Fills `out` as Caffe's filler of that type would for a blob of that shape. */
  fill(filler: FillerSpec, shape: number[], out: Float32Array): void;
  state(): Uint8Array;
}

export interface FillerSpec {
  type: string;
  value: number;
  min: number;
  max: number;
  mean: number;
  std: number;
  sparse: number;
  variance_norm: 'FAN_IN' | 'FAN_OUT' | 'AVERAGE';
}

/** Records of an LMDB, copied out: key and value of each, one after another in `bytes`; `ends` says where each stops. */
export interface LmdbPack {
  bytes: Uint8Array;
  /** Two numbers a record: the end of its key, the end of its value. */
  ends: Float64Array;
}

/** An open LMDB environment, checked page by page; records numbered in key order. Errors carry a SiameseError code. */
export interface NativeLmdb {
  readonly count: number;
  /** Records from, from + 1, ... at most n of them; fewer at the end. */
  read(from: number, n: number): LmdbPack;
  /** The records of these numbers, in this order. */
  pick(order: Int32Array): LmdbPack;
  /** The label of each record, read without its image. */
  labels(): Float32Array;
  close(): void;
}

/** A new LMDB folder (it must not exist yet). commit() ends the writing and syncs to disk. */
export interface NativeLmdbWriter {
  put(key: Uint8Array, value: Uint8Array): void;
  commit(): void;
  close(): void;
}

export interface EngineOptions {
  /** 0: one per core this process may use. */
  threads?: number;
  /** Seeds layers that draw while running (Dropout); -1: from the clock. */
  seed?: number;
  device?: Device | undefined;
  /** cuda: the plugin's file, which engine.ts fills in. */
  plugin?: string;
  /** cuda: where measured choices of algorithms are kept; engine.ts fills it in. */
  algorithmCache?: string | undefined;
}

/** What computes. */
export interface Device {
  type: 'cpu' | 'cuda';
  /** cuda: number of the GPU; default 0. */
  gpu?: number;
  /** cuda: how matrix products and convolutions are computed; default fp32. */
  precision?: Precision;
  /** cuda: algorithms that do not sum in a fixed order are allowed: two runs may then differ in the last bits. */
  fast?: boolean;
}

export type Precision = 'fp32' | 'tf32' | 'bf16';

export interface CudaInfo {
  gpus: { id: number; name: string; capability: string; memory: number; multiprocessors: number }[];
  /** CUDA versions, 1000 x major + 10 x minor: of the driver (0: there is none) and of the build. */
  driver: number;
  runtime: number;
  cudnn: string;
  cublas: string;
  /** GPU architectures that the kernels were compiled for. */
  architectures: string;
  /** Why there is no GPU, where there is none. */
  reason?: string;
}

export interface Native extends NativeMatch {
  /** The PLAN_VERSION that it was built for. */
  planVersion: number;
  createEngine(plan: Plan, options: EngineOptions): NativeEngine;
  createRandom(seed: number): NativeRandom;
  restoreRandom(state: Uint8Array): NativeRandom;
  openLmdb(folder: string): NativeLmdb;
  createLmdb(folder: string): NativeLmdbWriter;
  /** Inflates a zlib stream that has just `out.length` bytes; else throws "truncated", "too long" or what is corrupt. */
  inflate(stream: Uint8Array, out: Uint8Array): void;
  /** `length` bytes of an open file from `from` on, fewer where it ends before; quicker than Node for half a megabyte or more. */
  readFile(descriptor: number, from: number, length: number): Uint8Array;
  /** Takes an advisory lock on an open file (flock); false while another process has it. It ends with the descriptor. */
  tryLock(descriptor: number): boolean;
  /** Loads the CUDA plugin and asks what it finds. Throws where it does not load. */
  cudaInfo(plugin: string): CudaInfo;
  cpuInfo(): { model: string; cores: number; vector: 'generic' | 'avx2' | 'avx512' | 'neon' };
  /** fsync of an open file descriptor's folder is done in TS; this reports the addon's build facts. */
  buildInfo(): { compiler: string; version: string };
}

let loaded: Native | undefined;

/** The addon, loaded on first use. SIAMESE_NATIVE names another build (sanitizers, experiments). */
export function native(): Native {
  if (loaded) return loaded;
  const file = process.env.SIAMESE_NATIVE ?? path.join(packageRoot, 'build', 'Release', 'siamese.node');
  if (!existsSync(file)) {
    throw new SiameseError('device', `the native engine is not built: ${file} does not exist`, {
      help: `build it (it needs a C++17 compiler): ${buildCommand()}`,
    });
  }
  let found: Native;
  try {
    found = require(file) as Native;
  } catch (cause) {
    throw new SiameseError('device', `the native engine does not load: ${(cause as Error).message}`, {
      help: `rebuild it for this system: ${buildCommand()}`,
      cause,
    });
  }
  checkVersion(found, file);
  loaded = found;
  return loaded;
}

/** An engine of another version would pass over what it does not know of a plan, and train something else. */
export function checkVersion({ planVersion }: Pick<Native, 'planVersion'>, file: string): void {
  if (planVersion === PLAN_VERSION) return;
  const age = planVersion > PLAN_VERSION ? 'a newer' : 'an older';
  throw new SiameseError('device', `the native engine ${file} is of ${age} version than this program`, {
    help: `build both anew: ${buildCommand()}`,
  });
}
