/**
 * Standard output and standard error, written at once and without Node's streams: loading those takes longer than all else
 * that `match` does with its words.
 */
import { fstatSync, statSync, writeSync } from 'node:fs';
import { SiameseError } from '../errors.js';

export interface StandardStream {
  /** Returns when everything is written, however slow the reader. */
  write(bytes: string | Uint8Array): void;
  readonly isTTY: boolean;
  /** Width of the terminal. */
  readonly columns: number | undefined;
}

/** A reader that goes away (`siamese ... | head`) is no error; a full disk is one. */
export const standardOutput: StandardStream = streamOf(1, (cause) => {
  if (cause.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw new SiameseError('io', `cannot write the result to standard output: ${cause.message}`, { cause });
});

/** Talk that nobody can hear is lost: training goes on without its log. */
export const standardError: StandardStream = streamOf(2, () => {});

/** A pipe that is full and does not let its writer wait is tried again after so long. */
const RETRY_MS = 2;

function streamOf(descriptor: 1 | 2, failed: (cause: NodeJS.ErrnoException) => void): StandardStream {
  const nodes = () => (descriptor === 1 ? process.stdout : process.stderr);
  let broken = false;
  return {
    write(bytes) {
      if (broken) return;
      try {
        writeAll(descriptor, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      } catch (cause) {
        broken = true;
        failed(cause as NodeJS.ErrnoException);
      }
    },
    get isTTY() {
      return isTerminal(descriptor) && Boolean(nodes().isTTY);
    },
    get columns() {
      return isTerminal(descriptor) ? nodes().columns : undefined;
    },
  };
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

/** Whether it may be a terminal; only then is Node's stream worth asking. */
function isTerminal(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isCharacterDevice() && stat.rdev !== statSync('/dev/null').rdev;
  } catch {
    return false; // closed, or a system without /dev/null
  }
}
