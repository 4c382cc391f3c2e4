/** Training states kept in memory, to fall back to when the loss is no number any more. */
import type { TrainingState } from './training-state.js';

/** Falling back so far costs nobody anything. */
const EVERY_MS = 2000;
/** The share of the time that copies may take: those of a large net come less often. */
const SHARE = 0.01;
/** Floats of parameters and history above which two copies would be a burden; then only snapshots are kept. */
const LIMIT = 1 << 26;

/** The last two states, so that the last one whose own loss was still a number is always among them. */
export class Checkpoints {
  private states: TrainingState[] = [];
  private next = Number.NEGATIVE_INFINITY;

  due(floats: number): boolean {
    return floats <= LIMIT && performance.now() >= this.next;
  }

  keep(capture: () => TrainingState): void {
    const start = performance.now();
    this.states = [...this.states.slice(-1), capture()];
    const end = performance.now();
    this.next = end + Math.max(EVERY_MS, (end - start) / SHARE);
  }

  /** The newest state whose weights gave a finite loss, when iteration `diverged` was the first that did not. */
  before(diverged: number): TrainingState | undefined {
    return this.states.findLast(({ iter }) => iter < diverged);
  }

  clear(): void {
    this.states = [];
    this.next = Number.NEGATIVE_INFINITY;
  }
}
