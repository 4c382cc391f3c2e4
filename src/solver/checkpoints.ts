/** What to fall back to when the loss is no number any more: training states kept in memory, and snapshots. */
import type { SnapshotFiles } from './events.js';
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
  private written: SnapshotFiles[] = [];
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

  /** Of a snapshot on the disk. The last two: one whose loss is not known yet, and one that gave a finite loss. */
  noteSnapshot(files: SnapshotFiles): void {
    this.written = [...this.written.filter(({ iteration }) => iteration < files.iteration).slice(-1), files];
  }

  /** Before the training goes on from elsewhere. */
  clear(): void {
    this.states = [];
    this.written = [];
    this.next = Number.NEGATIVE_INFINITY;
  }

  /**
   * The newest state whose weights gave a finite loss, when iteration `diverged` was the first that did not, and the newest
   * snapshot of such weights.
   */
  before(diverged: number): { state: TrainingState | undefined; snapshot: SnapshotFiles | undefined } {
    return {
      state: this.states.findLast(({ iter }) => iter < diverged),
      snapshot: this.written.findLast(({ iteration }) => iteration < diverged),
    };
  }
}
