/** What can compute here: the processor as the engine sees it, and NVIDIA GPUs as the driver lists them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { cudaState } from '../engine/cuda.js';
import { native } from '../engine/native.js';

export interface Cpu {
  model: string;
  cores: number;
  vector: string;
}

export interface Gpu {
  id: number;
  name: string;
  memory: string;
  driver: string;
  capability: string;
}

/** Cores are those that this process may use: a container's or taskset's share counts. */
export function cpu(): Cpu {
  const { model, vector } = native().cpuInfo();
  return { model: model.trim(), vector, cores: os.availableParallelism() };
}

/** The CUDA engine in words: its libraries, or why it cannot be used. */
export function cudaEngine(): { ready: boolean; text: string; help?: string | undefined } {
  const { info, reason, help } = cudaState();
  const libraries = info
    ? `CUDA ${dotted(info.runtime)}, cuDNN ${info.cudnn}, cuBLAS ${info.cublas}, kernels for ${info.architectures}`
    : '';
  if (reason === undefined) return { ready: true, text: libraries };
  return { ready: false, text: libraries ? `${reason} (the engine is built: ${libraries})` : reason, help };
}

function dotted(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}

/** GPUs, or why none are known. Asks nvidia-smi: the driver's own answer, with no CUDA needed. */
export function gpus(): { gpus: Gpu[]; reason?: string } {
  const query = '--query-gpu=index,name,memory.total,driver_version,compute_cap';
  const asked = spawnSync('nvidia-smi', [query, '--format=csv,noheader'], { encoding: 'utf8', timeout: 10_000 });
  if (asked.error) {
    const driver = existsSync('/proc/driver/nvidia') || existsSync('/dev/nvidiactl');
    return { gpus: [], reason: driver ? 'an NVIDIA driver, but no nvidia-smi to ask' : 'no NVIDIA driver' };
  }
  if (asked.status !== 0) return { gpus: [], reason: `nvidia-smi: ${asked.stdout.trim() || asked.stderr.trim()}` };
  const rows = asked.stdout.trim().split('\n').filter(Boolean);
  return {
    gpus: rows.map((row) => {
      const [id, name, memory, driver, capability] = row.split(',').map((cell) => cell.trim());
      return { id: Number(id), name: name!, memory: memory!, driver: driver!, capability: capability! };
    }),
    ...(rows.length === 0 && { reason: 'no GPU' }),
  };
}
