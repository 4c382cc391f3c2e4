/** Passes as a training runs them, records brought ahead and all, with a clock on them. */
import type { RunRequest } from '../engine/native.js';
import { chunkLength, updatePace } from './chunk.js';
import { RunClock } from './run-clock.js';
import type { RunnableNet } from './runnable-net.js';

export interface PassTimes {
  /** Milliseconds a pass, waiting included. */
  total: number;
  /** Share of it in which the engine waited for data, 0 to 1. */
  dataWait: number;
}

/** Runs `passes` passes without an update, after `warmUp` others: memory is touched then, and caches are warm. */
export async function timePasses(
  net: RunnableNet,
  mode: 'forward' | 'forward-backward',
  { passes, warmUp, onWarm }: { passes: number; warmUp: number; onWarm?: () => void },
): Promise<PassTimes> {
  let pace = 0;
  const end = warmUp + passes;
  const lengthAt = (done: number) => chunkLength(done, pace, { until: done < warmUp ? warmUp : end });
  let ahead = net.supply.prepare(lengthAt(0));
  let clock = new RunClock(0, end);
  let started = performance.now();
  for (let done = 0; done < end; ) {
    const waitFrom = performance.now();
    const { passes: count, chunks: feeds } = await ahead;
    const runFrom = performance.now();
    const run = net.run({ count, mode, feeds } satisfies RunRequest);
    done += count;
    if (done < end) {
      ahead = net.supply.prepare(lengthAt(done));
      ahead.catch(() => undefined); // whoever awaits it gets the error
    }
    const { computeMs } = await run;
    const took = performance.now() - runFrom;
    pace = updatePace(pace, took, count);
    clock.run(runFrom - waitFrom, took, computeMs);
    if (done !== warmUp) continue;
    onWarm?.();
    clock = new RunClock(done, end);
    started = performance.now();
  }
  return { total: (performance.now() - started) / passes, dataWait: clock.dataWait };
}
