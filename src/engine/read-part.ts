/** Large parts of files, read into memory that takes few page faults to fill: what starting `match` spends most of its time on. */
import { readSync } from 'node:fs';
import { native } from './native.js';

/** From so many bytes on, the addon's memory is on huge pages. */
const LARGE = 1 << 19;

/** `length` bytes of an open file from `from` on, fewer where it ends before. Throws Error where it cannot be read. */
export function readPart(descriptor: number, from: number, length: number): Uint8Array {
  if (length >= LARGE) {
    const { buffer, byteLength } = native().readFile(descriptor, from, length);
    return Buffer.from(buffer, 0, byteLength);
  }
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
}
