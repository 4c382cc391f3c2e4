/** The engine of one plan, as the rest of the program holds it: typed arrays by name, errors with a position. */
// For programs that are compiled without it: the declarations of this package name Symbol.dispose.
/// <reference lib="esnext.disposable" preserve="true" />
import { SiameseError } from '../errors.js';
import type { Plan, PlanTensor } from '../plan/plan.js';
import { algorithmCache, cudaPluginFile, requireGpu } from './cuda.js';
import {
  type EngineOptions,
  type NativeEngine,
  type NativeError,
  native,
  type ParamKind,
  type RecordSet,
  type RunRequest,
  type RunResult,
} from './native.js';

/**
 * One call at a time: while `run` is under way only `interrupt` and `dispose` are allowed. Dispose it, or let
 * `using` do so: it owns a thread.
 */
export class Engine {
  readonly plan: Plan;
  private readonly engine: NativeEngine;

  constructor(plan: Plan, options: EngineOptions = {}) {
    this.plan = plan;
    this.engine = this.guard(() => native().createEngine(plan, withCuda(options)));
  }

  /** Threads it computes with. */
  get threads(): number {
    return this.guard(() => this.engine.threads());
  }

  async run(request: RunRequest): Promise<RunResult> {
    try {
      return await this.engine.run(request);
    } catch (error) {
      throw this.translate(error);
    }
  }

  setRecords(feed: number, records: RecordSet): void {
    this.guard(() => this.engine.setRecords(feed, records));
  }

  setMean(feed: number, mean: Float32Array): void {
    this.guard(() => this.engine.setMean(feed, mean));
  }

  /** A blob's elements in Caffe's order; behind a Filter those of the items that the last pass let through. */
  read(blob: string, kind: 'data' | 'diff' = 'data'): Float32Array {
    const tensor = this.plan.tensors[this.blob(blob)[kind]];
    const counted = tensor?.items !== undefined;
    const out = new Float32Array(counted ? this.guard(() => this.engine.count(blob, kind)) : count(tensor));
    this.guard(() => this.engine.read(blob, kind, out));
    return out;
  }

  write(blob: string, values: Float32Array, kind: 'data' | 'diff' = 'data'): void {
    this.blob(blob);
    this.guard(() => this.engine.write(blob, kind, values));
  }

  /** A parameter by index in plan.params, in Caffe's order. */
  readParam(param: number, kind: ParamKind = 'data'): Float32Array {
    const out = new Float32Array(count(this.plan.tensors[this.plan.params[param]?.data ?? -1]));
    this.guard(() => this.engine.readParam(param, kind, out));
    return out;
  }

  writeParam(param: number, values: Float32Array, kind: ParamKind = 'data'): void {
    this.guard(() => this.engine.writeParam(param, kind, values));
  }

  readArena(arena: 'param' | 'gradient' | 'history', out: Float32Array): void {
    this.guard(() => this.engine.readArena(arena, out));
  }

  writeArena(arena: 'param' | 'gradient' | 'history', from: Float32Array): void {
    this.guard(() => this.engine.writeArena(arena, from));
  }

  /** What a layer keeps beside its parameters; empty for most. */
  readState(layer: string): Uint8Array {
    return this.guard(() => this.engine.readState(layer));
  }

  writeState(layer: string, state: Uint8Array): void {
    this.guard(() => this.engine.writeState(layer, state));
  }

  /** Nanoseconds per layer, forward then backward, since the last call; and whether to go on counting. */
  profile(on: boolean): Float64Array {
    return this.guard(() => this.engine.profile(on));
  }

  /** Ends the run under way after the iteration in progress. */
  interrupt(): void {
    this.engine.interrupt();
  }

  /** Waits for the iteration in progress, then frees all memory. May be called again. */
  dispose(): void {
    this.engine.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private blob(name: string): { data: number; diff: number } {
    const blob = this.plan.blobs.find((candidate) => candidate.name === name);
    if (!blob) throw new SiameseError('internal', `net ${this.plan.net} has no blob "${name}"`);
    return blob;
  }

  private guard<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.translate(error);
    }
  }

  private translate(error: unknown): unknown {
    if (error instanceof SiameseError) return error;
    const { code, layer: index, iteration, message } = error as NativeError;
    if (iteration !== undefined) {
      return new SiameseError('diverged', message, {
        help: 'lower base_lr, or set clip_gradients; the parameters are those before this iteration',
        cause: error,
      });
    }
    const layer = index === undefined ? undefined : this.plan.layers[index];
    const words = layer ? `layer "${layer.name}" (${layer.type}): ${message}` : message;
    return new SiameseError(code ?? 'internal', words, { at: layer?.at, layer: layer?.name, cause: error });
  }
}

function withCuda(options: EngineOptions): EngineOptions {
  if (options.device?.type !== 'cuda') return options;
  requireGpu(options.device.gpu ?? 0, 'the CUDA engine');
  const cache = options.algorithmCache ?? algorithmCache();
  return { ...options, plugin: cudaPluginFile(), ...(cache !== undefined && { algorithmCache: cache }) };
}

function count(tensor: PlanTensor | undefined): number {
  return tensor ? tensor.shape.reduce((product, dim) => product * dim, 1) : 0;
}
