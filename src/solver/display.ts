/** What a displayed iteration tells: its numbers, the pace, and whether the encodings look as if they collapsed. */
import type { LabelStatistics } from '../data/feed.js';
import { type CollapseMonitor, encodingStatistics } from './collapse-monitor.js';
import type { DisplayEvent, SolverEvent } from './events.js';
import type { RunClock } from './run-clock.js';
import type { RunnableNet } from './runnable-net.js';
import { nameOutputs } from './test-net.js';

/** Numbers of the iteration. `step`: where multistep took one. */
type Shown = Pick<DisplayEvent, 'iteration' | 'loss' | 'smoothedLoss' | 'lr' | 'display' | 'eta'> & {
  step: number | undefined;
};

interface Beside {
  clock: RunClock;
  monitor: CollapseMonitor | undefined;
  statistics: Record<string, LabelStatistics> | undefined;
}

/** The display, and a warning where there is something to warn of. `outputs`: of the iteration's last pass. */
export function displayEvents(
  net: RunnableNet,
  { step, ...shown }: Shown,
  outputs: Float32Array,
  { clock, monitor, statistics }: Beside,
): SolverEvent[] {
  const encodings = monitor && encodingStatistics(monitor.watched, (blob) => net.engine.read(blob));
  const display: DisplayEvent = {
    type: 'display',
    ...shown,
    ...(step !== undefined && { step }),
    outputs: nameOutputs(net.outputs, outputs),
    ...clock.display(shown.iteration),
    ...(statistics && { statistics }),
    ...(encodings && { encodings }),
  };
  const warning = encodings && monitor?.notice(encodings);
  return warning ? [display, { type: 'warning', warning }] : [display];
}
