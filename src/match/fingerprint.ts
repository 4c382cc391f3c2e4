/** Which file of weights something was computed with, and whether a file at hand is that one. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SiameseError } from '../errors.js';

export interface Fingerprint {
  /** As its writer named it. */
  file: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  sha256: string;
}

export function fingerprintOf(file: string): Fingerprint {
  return { file, sha256: digestOf(file) };
}

/** Whether `file` has the bytes that the fingerprint was taken of. */
export function isOf({ sha256 }: Fingerprint, file: string): boolean {
  return sha256 === digestOf(file);
}

/** SHA-256 of a file, in hexadecimal. */
export function digestOf(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('input', `cannot open weights ${file}: ${reason}`, { cause });
  }
  return createHash('sha256').update(bytes).digest('hex');
}
