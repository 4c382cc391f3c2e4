/** Training states kept in memory, to fall back to when the loss is no number any more. */
import type { TrainingState } from './training-state.js';

/** Falling back so far costs nobody anything, and a copy so often costs no time. */
const EVERY_MS = 2000;
/** Floats of parameters and history above which two copies would be a burden; then only snapshots are kept. */
const LIMIT = 1 << 26;

/** The last two states, so that the last one whose own loss was still a number is always among them. */
export class Checkpoints {
  private states: TrainingState[] = [];
  private last = Number.NEGATIVE_INFINITY;

  due(floats: number): boolean {
    return floats <= LIMIT && performance.now() - this.last >= EVERY_MS;
  }

  keep(state: TrainingState): void {
    this.states = [...this.states.slice(-1), state];
    this.last = performance.now();
  }

  /** The newest state whose weights gave a finite loss, when iteration `diverged` was the first that did not. */
  before(diverged: number): TrainingState | undefined {
    return this.states.findLast(({ iter }) => iter < diverged);
  }

  clear(): void {
    this.states = [];
    this.last = Number.NEGATIVE_INFINITY;
  }
}
