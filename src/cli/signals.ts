/** Caffe's signals while training: SIGINT and SIGHUP do what the flags say, SIGTERM stops with a snapshot. */
import type { FlagValues } from './flags.js';
import type { Terminal } from './terminal.js';

/** What of a solver the signals reach. */
export interface Interruptible {
  stop(): void;
  requestSnapshot(): void;
}

export interface Signals {
  /** 143 after SIGTERM; undefined while nothing but Caffe's own signals came. */
  readonly exitCode: number | undefined;
  release(): void;
}

const QUIT = 130;
/** One Ctrl-C can arrive twice: from the terminal, and from npm, which passes it on. */
const TWICE_MS = 100;

export function catchSignals(solver: Interruptible, flags: FlagValues, terminal: Terminal): Signals {
  let stopping: number | undefined;
  let exitCode: number | undefined;
  const stop = (name: string) => {
    stopping = performance.now();
    terminal.talk(`${called(name)}: stopping after this iteration, with a snapshot; Ctrl-C once more quits at once`);
    solver.stop();
  };
  const effect = (name: string, what: 'snapshot' | 'stop' | 'none') => () => {
    if (name === 'SIGINT' && stopping !== undefined) {
      if (performance.now() - stopping > TWICE_MS) process.exit(QUIT);
      return;
    }
    if (what === 'none') return;
    if (what === 'stop') return stop(name);
    terminal.talk(`${called(name)}: writing a snapshot after this iteration`);
    solver.requestSnapshot();
  };
  const handlers = {
    SIGINT: effect('SIGINT', flags.sigint_effect),
    SIGHUP: effect('SIGHUP', flags.sighup_effect),
    SIGTERM: () => {
      exitCode = 128 + 15;
      stop('SIGTERM');
    },
  };
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  return {
    get exitCode() {
      return exitCode;
    },
    release() {
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
    },
  };
}

function called(signal: string): string {
  return signal === 'SIGINT' ? 'Ctrl-C' : signal;
}
