/** Files that are whole or not there: written beside their place, synced, then renamed. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';

/**
 * Writes a file so that whoever kills the process, or the machine, at any moment leaves either the old content or
 * the new. Throws SiameseError('io') and leaves nothing behind when it cannot.
 */
export function writeFileAtomic(file: string, bytes: Uint8Array | string): void {
  const writer = new AtomicFile(file);
  writer.write(bytes);
  writer.commit();
}

/** The same for content that comes piece by piece: nothing is seen of it before commit(), nor after abort(). */
export class AtomicFile {
  private readonly temporary: string;
  private descriptor: number | undefined;

  constructor(private readonly file: string) {
    // Beside its place, since a rename cannot cross file systems; with the process's number, since two may write at once.
    this.temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
    this.guard(() => {
      this.descriptor = openSync(this.temporary, 'w', 0o666);
    });
  }

  write(bytes: Uint8Array | string): void {
    this.guard(() => {
      const content = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
      for (let done = 0; done < content.length; ) done += writeSync(this.descriptor!, content, done);
    });
  }

  /** Puts the file into its place. */
  commit(): void {
    this.guard(() => {
      try {
        fsyncSync(this.descriptor!);
      } finally {
        this.close();
      }
      renameSync(this.temporary, this.file);
      syncFolder(path.dirname(this.file));
    });
  }

  /** Leaves things as they were; after commit() it does nothing. */
  abort(): void {
    if (this.descriptor === undefined) return;
    this.close();
    rmSync(this.temporary, { force: true });
  }

  private close(): void {
    const descriptor = this.descriptor!;
    this.descriptor = undefined;
    closeSync(descriptor);
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (cause) {
      if (this.descriptor !== undefined) closeSync(this.descriptor);
      this.descriptor = undefined;
      rmSync(this.temporary, { force: true });
      const { code, message } = cause as NodeJS.ErrnoException;
      const reason = REASONS[code ?? ''] ?? message;
      throw new SiameseError('io', `cannot write ${this.file}: ${reason}`, { cause, help: HELP[code ?? ''] });
    }
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
