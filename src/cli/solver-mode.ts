/** What becomes of solver_mode and device_id where there is no CUDA engine: the CPU trains, and the user is told. */
import { SiameseError } from '../errors.js';
import type { SolverParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import type { Terminal } from './terminal.js';

/** Caffe's default is GPU: a file that does not say so gets a note, one that does gets a warning. */
export function chooseCpu(solver: SolverParameter, terminal: Terminal): void {
  if (solver.solver_mode === 'CPU') return;
  if (solver.solver_mode === undefined) {
    terminal.talk('note: no solver_mode, which is GPU in Caffe; this build has no CUDA engine, so the CPU trains');
    return;
  }
  terminal.warn(
    new SiameseError('device', 'solver_mode is GPU, but this build has no CUDA engine: the CPU trains', {
      at: positionOf(solver, 'solver_mode'),
      help: 'solver_mode: CPU says the same without a warning',
    }),
  );
}
