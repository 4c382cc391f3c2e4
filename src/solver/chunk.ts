/** How many iterations the engine runs in one call. */

/** A run that lasts about so long lets Ctrl-C and the progress bar feel immediate. */
const TARGET_MS = 100;

export interface Boundaries {
  until: number;
  display?: number;
  testInterval?: number;
  snapshot?: number;
  /** A displayed iteration runs by itself, so that its blobs can be read (debug_info). */
  displayAlone?: boolean;
}

/**
 * Iterations from `iter` to the nearest boundary, at most about TARGET_MS of them: a displayed iteration is the last
 * of its chunk; tests and snapshots come after a chunk.
 */
export function chunkLength(iter: number, msPerIteration: number, boundaries: Boundaries): number {
  const { until, display = 0, testInterval = 0, snapshot = 0 } = boundaries;
  const target = msPerIteration > 0 ? Math.max(1, Math.floor(TARGET_MS / msPerIteration)) : 1;
  let end = Math.min(until, iter + target);
  if (display > 0) {
    const displayed = Math.ceil(iter / display) * display;
    end = Math.min(end, boundaries.displayAlone && displayed > iter ? displayed : displayed + 1);
  }
  for (const interval of [testInterval, snapshot]) {
    if (interval > 0) end = Math.min(end, (Math.floor(iter / interval) + 1) * interval);
  }
  return end - iter;
}

/** Milliseconds an iteration takes, from the runs so far; recent ones count more, as clocks and loads change. */
export function updatePace(before: number, ms: number, iterations: number): number {
  const now = ms / iterations;
  return before > 0 ? 0.5 * (before + now) : now;
}
