/** Time of one training: pace since the last display, time still to go, and the share of it spent waiting for data. */

export class RunClock {
  private readonly started = performance.now();
  private lastDisplay = this.started;
  private lastDisplayIteration: number;
  private waited = 0;

  constructor(
    private readonly firstIteration: number,
    private readonly until: number,
  ) {
    this.lastDisplayIteration = firstIteration;
  }

  wait(ms: number): void {
    this.waited += ms;
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
      dataWait: ms > 0 ? Math.min(1, this.waited / ms) : 0,
    };
    this.lastDisplay = now;
    this.lastDisplayIteration = iteration;
    this.waited = 0;
    return pace;
  }
}
