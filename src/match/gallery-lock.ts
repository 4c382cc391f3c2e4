/** One writer of a gallery at a time: whoever reads, changes and writes it holds the lock beside it. */
import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import { native } from '../engine/native.js';
import { SiameseError } from '../errors.js';

const PATIENCE_MS = 30_000;
const PAUSE_MS = 10;

/**
 * Runs `body` while this process alone holds `<file>.lock`. The system lets go of the lock when a process ends, however it
 * ends, so that none is ever stale. Throws SiameseError('io') when it cannot be had within half a minute.
 */
export async function withLock<T>(file: string, body: () => T | Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const descriptor = await acquire(lock, file);
  try {
    return await body();
  } finally {
    // Removed while it is held: whoever waits for it sees that its own descriptor is no longer the file of that name.
    rmSync(lock, { force: true });
    closeSync(descriptor);
  }
}

async function acquire(lock: string, file: string): Promise<number> {
  const start = Date.now();
  for (;;) {
    const descriptor = open(lock, file);
    try {
      if (native().tryLock(descriptor) && isSame(descriptor, lock)) return descriptor;
    } catch (cause) {
      closeSync(descriptor);
      throw new SiameseError('io', `cannot lock ${lock}: ${(cause as Error).message}`, { cause });
    }
    closeSync(descriptor);
    if (Date.now() - start > PATIENCE_MS) {
      throw new SiameseError('io', `${file} is in use: another process has held ${lock} for half a minute`);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function open(lock: string, file: string): number {
  try {
    return openSync(lock, 'a');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'its folder does not exist' : message;
    throw new SiameseError('io', `cannot write ${file}: ${reason}`, { cause });
  }
}

function isSame(descriptor: number, lock: string): boolean {
  const named = statSync(lock, { throwIfNoEntry: false });
  return named !== undefined && named.ino === fstatSync(descriptor).ino;
}
