/** Which device a command computes on: --gpu, or for a training what its solver_mode and device_id say. */
import { cudaState, requireGpu } from '../engine/cuda.js';
import type { Device } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { SolverParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { type Call, usageError } from './call.js';
import type { Terminal } from './terminal.js';

/** The CPU, unless --gpu names a GPU. Asking for one by hand must not end in a silent run on the CPU. */
export function chosenDevice({ flags }: Call): Device {
  if (flags.gpu === undefined) return { type: 'cpu' };
  if (!/^(\d+|all)$/.test(flags.gpu)) {
    throw usageError(
      `--gpu ${flags.gpu}: a run takes one GPU`,
      'name one by its number, as `siamese device_query` lists them',
    );
  }
  const gpu = flags.gpu === 'all' ? 0 : Number(flags.gpu);
  requireGpu(gpu, `--gpu ${flags.gpu}`);
  if (flags.gpu === 'all' && cudaState().info!.gpus.length > 1) {
    throw usageError('--gpu all: a run takes one GPU, and this machine has several', '--gpu 0');
  }
  return onGpu(gpu, flags);
}

/**
 * As Caffe: --gpu goes before solver_mode, whose default is GPU. Where there is none the CPU trains, and the user is told:
 * a file that does not ask for a GPU gets a note, one that does a warning.
 */
export function trainingDevice(call: Call, solver: SolverParameter): Device {
  if (call.flags.gpu !== undefined) return chosenDevice(call);
  if (solver.solver_mode === 'CPU') return { type: 'cpu' };
  const gpu = solver.device_id ?? 0;
  const { info, reason, help } = cudaState();
  if (reason === undefined && info!.gpus.some(({ id }) => id === gpu)) return onGpu(gpu, call.flags);
  tell(solver, reason ?? `there is no GPU ${gpu}`, help, call.terminal);
  return { type: 'cpu' };
}

function onGpu(gpu: number, { precision, fast }: Call['flags']): Device {
  return { type: 'cuda', gpu, precision, fast };
}

function tell(solver: SolverParameter, reason: string, help: string | undefined, terminal: Terminal): void {
  if (solver.solver_mode === undefined) {
    terminal.talk(`note: no solver_mode, which is GPU in Caffe; ${reason}, so the CPU trains`);
    return;
  }
  terminal.warn(
    new SiameseError('device', `solver_mode is GPU, but ${reason}: the CPU trains`, {
      at: positionOf(solver, 'solver_mode'),
      help: `solver_mode: CPU says the same without a warning${help ? `; for a GPU: ${help}` : ''}`,
    }),
  );
}
