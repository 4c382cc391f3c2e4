/** The CUDA engine as the rest of the program asks for it: is it there, and if not, what is missing and how to get it. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { buildCommand, packageRoot } from '../package-root.js';
import { type CudaInfo, native } from './native.js';

/** The plugin as a build makes it, beside the addon. SIAMESE_CUDA_PLUGIN names another, such as the emulated one. */
export function cudaPluginFile(): string {
  return process.env.SIAMESE_CUDA_PLUGIN ?? path.join(buildFolder(), 'Release', 'libsiamese_cuda.so');
}

export interface CudaState {
  /** What the plugin found; undefined where there is none, or it does not load. */
  info?: CudaInfo;
  /** Why no GPU can be used, and what to do about it; undefined where one can. */
  reason?: string;
  help?: string;
}

let known: { file: string; state: CudaState } | undefined;

/** Loads the plugin, which takes a second or more, if there is one; otherwise a look at one file. */
export function cudaState(): CudaState {
  const file = cudaPluginFile();
  if (known?.file !== file) known = { file, state: look(file) };
  return known.state;
}

/** Throws what is missing for GPU `id`. `what` asked for it: "--gpu 0". */
export function requireGpu(id: number, what: string): void {
  const { info, reason, help } = cudaState();
  if (reason !== undefined)
    throw new SiameseError('device', `${what}: ${reason}`, { help: help ?? 'without --gpu the CPU computes' });
  if (info!.gpus.some((gpu) => gpu.id === id)) return;
  const ids = info!.gpus.map((gpu) => gpu.id).join(', ');
  throw new SiameseError('device', `${what}: there is no GPU ${id}`, { help: `this machine has GPU ${ids}` });
}

/**
 * Where measured choices of algorithms are kept, so that the next run makes the same ones; undefined where no folder can
 * be made for it.
 */
export function algorithmCache(): string | undefined {
  const folder = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'siamese');
  try {
    mkdirSync(folder, { recursive: true });
    return path.join(folder, 'cuda-algorithms.txt');
  } catch {
    return undefined; // a home that cannot be written to costs a measurement in each run
  }
}

function look(file: string): CudaState {
  if (!existsSync(file)) return notBuilt();
  try {
    const info = native().cudaInfo(file);
    if (info.reason === undefined) return { info };
    return { info, reason: info.reason };
  } catch (cause) {
    const reason = (cause as Error).message;
    return { reason, help: `build it again: ${buildCommand()}; where its libraries must lie is in docs/cuda.md` };
  }
}

function notBuilt(): CudaState {
  const missing = missingAtBuild();
  const why = missing ? ` (not found when it was built: ${missing})` : '';
  const help =
    'pip install --target nvidia nvidia-cudnn-cu13 nvidia-cublas nvidia-cuda-runtime, then ' +
    `SIAMESE_CUDA=ON SIAMESE_CUDA_WHEELS=$PWD/nvidia ${buildCommand()}; nvcc is in the CUDA toolkit (docs/cuda.md)`;
  return { reason: `this build has no CUDA engine${why}`, help };
}

function missingAtBuild(): string {
  try {
    return readFileSync(path.join(buildFolder(), 'cuda-missing.txt'), 'utf8').trim();
  } catch {
    return ''; // not built by CMake here: nobody knows
  }
}

function buildFolder(): string {
  return path.join(packageRoot, 'build');
}
