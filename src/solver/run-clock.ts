/** Time of one training: pace since the last display, time still to go, and the share of it spent waiting for data. */

export class RunClock {
  private readonly started = performance.now();
  private lastDisplay = this.started;
  private lastDisplayIteration: number;
  /** Milliseconds in runs of the engine and before them, and those of them in which it had nothing to do; since the display. */
  private ran = 0;
  private waited = 0;
  private allRan = 0;
  private allWaited = 0;

  constructor(
    private readonly firstIteration: number,
    private readonly until: number,
  ) {
    this.lastDisplayIteration = firstIteration;
  }

  /**
   * A run of the engine: the wait for its records, the time from its call to its result, and what of that the engine
   * computed. Where it computed less it waited as well: for this thread, which was busy with the next records.
   */
  run(waitMs: number, runMs: number, computeMs: number): void {
    const waited = waitMs + Math.max(0, runMs - computeMs);
    this.ran += waitMs + runMs;
    this.allRan += waitMs + runMs;
    this.waited += waited;
    this.allWaited += waited;
  }

  /** Share of the iterations' time, tests and snapshots left out, in which the engine waited; of the whole run. */
  get dataWait(): number {
    return share(this.allWaited, this.allRan);
  }

  /** Seconds to `until` at the mean pace of this run, tests and snapshots included; NaN before the first iteration. */
  eta(iteration: number): number {
    const done = iteration - this.firstIteration;
    if (done <= 0) return Number.NaN;
    return (((performance.now() - this.started) / done) * (this.until - iteration)) / 1000;
  }

  /** Pace since the display before, which this one now is. */
  display(iteration: number): { seconds: number; iterationsPerSecond: number; dataWait: number } {
    const now = performance.now();
    const ms = now - this.lastDisplay;
    const seconds = ms / 1000;
    const pace = {
      seconds: Math.round(ms) / 1000,
      iterationsPerSecond: seconds > 0 ? (iteration - this.lastDisplayIteration) / seconds : 0,
      dataWait: share(this.waited, this.ran),
    };
    this.lastDisplay = now;
    this.lastDisplayIteration = iteration;
    this.waited = this.ran = 0;
    return pace;
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
