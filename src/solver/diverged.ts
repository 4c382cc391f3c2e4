/** What to say when the loss or a gradient is no number any more, and what was kept. */
import type { NativeError } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { SolverParameter } from '../proto/messages.js';
import type { SnapshotFiles } from './events.js';
import { formatG } from './log.js';

/** Index of the first loss that is not finite; the length when all are. */
export function firstBad(losses: Float32Array, length = losses.length): number {
  const index = losses.subarray(0, length).findIndex((loss) => !Number.isFinite(loss));
  return index < 0 ? length : index;
}

/** Iterations done before the one that failed, of a chunk that begins with `first`. */
export function doneBefore(error: SiameseError, first: number, losses: Float32Array): number {
  // Where a gradient is no number, the loss still is one.
  const { iteration } = (error.cause ?? {}) as NativeError;
  return iteration === undefined ? firstBad(losses) : iteration - first;
}

export function divergedError(
  iteration: number,
  loss: number,
  solver: SolverParameter,
  saved: SnapshotFiles | undefined,
  cause: SiameseError,
): SiameseError {
  const where = saved
    ? `the weights of iteration ${saved.iteration}, before it, are in ${saved.caffemodel}`
    : 'no snapshot of weights before it had been written';
  const advice =
    (solver.clip_gradients ?? -1) > 0
      ? `lower base_lr (now ${formatG(solver.base_lr ?? 0)})`
      : `lower base_lr (now ${formatG(solver.base_lr ?? 0)}) or set clip_gradients`;
  const what = Number.isFinite(loss) ? cause.message : `loss is ${formatG(loss)} at iteration ${iteration}`;
  return new SiameseError('diverged', `${what}; ${where}`, {
    help: `${advice}, and check that the data are scaled (transform_param { scale: 0.00390625 })`,
    cause,
  });
}
