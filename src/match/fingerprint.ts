/** Which file of weights something was computed with, and whether a file at hand is that one. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { SiameseError } from '../errors.js';

export interface Fingerprint {
  /** As its writer named it. */
  file: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  sha256: string;
  /** Bytes, and when it was last written, in milliseconds: a file that agrees in both is not read to be sure. */
  size?: number | undefined;
  modified?: number | undefined;
}

export function fingerprintOf(file: string): Fingerprint {
  const { size, mtimeMs: modified } = statOf(file);
  return { file, sha256: digestOf(file), size, modified };
}

/** Whether `file` has the bytes that the fingerprint was taken of. Reading them all would take `match` a tenth of its time. */
export function isOf({ size, modified, sha256 }: Fingerprint, file: string): boolean {
  const stat = statOf(file);
  if (size !== undefined && size !== stat.size) return false;
  return (size !== undefined && modified === stat.mtimeMs) || sha256 === digestOf(file);
}

/** SHA-256 of a file, in hexadecimal. */
export function digestOf(file: string): string {
  return createHash('sha256')
    .update(opened(file, () => readFileSync(file)))
    .digest('hex');
}

const statOf = (file: string) => opened(file, () => statSync(file));

function opened<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('input', `cannot open weights ${file}: ${reason}`, { cause });
  }
}
