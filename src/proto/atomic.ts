/** Files that are whole or not there: written beside their place, synced, then renamed. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';

/**
 * Writes a file so that whoever kills the process, or the machine, at any moment leaves either the old content or
 * the new. Throws SiameseError('io') and leaves nothing behind when it cannot.
 */
export function writeFileAtomic(file: string, bytes: Uint8Array | string): void {
  const folder = path.dirname(file);
  // Beside its place, since a rename cannot cross file systems; with the process's number, since two may write at once.
  const temporary = path.join(folder, `.${path.basename(file)}.${process.pid}.tmp`);
  try {
    const content = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
    const descriptor = openSync(temporary, 'w', 0o666);
    try {
      for (let done = 0; done < content.length; ) done += writeSync(descriptor, content, done);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
    syncFolder(folder);
  } catch (cause) {
    rmSync(temporary, { force: true });
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = REASONS[code ?? ''] ?? message;
    throw new SiameseError('io', `cannot write ${file}: ${reason}`, { cause, help: HELP[code ?? ''] });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'there is a folder of that name',
  ENOTDIR: 'a part of its path is no folder',
  ENAMETOOLONG: 'the name is too long',
};

const HELP: Readonly<Record<string, string>> = {
  ENOENT: 'make the folder first',
  ENOSPC: 'free some space; files written before are untouched',
  EDQUOT: 'free some space; files written before are untouched',
};

/** The rename itself must reach the disk. Some file systems cannot sync a folder: that is no reason to fail. */
function syncFolder(folder: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'EACCES' && code !== 'EPERM' && code !== 'EISDIR' && code !== 'ENOTSUP')
      throw cause;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
