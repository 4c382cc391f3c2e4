/** Files that a command writes because its user named them: never over an existing one without --force. */
import { existsSync } from 'node:fs';
import { writeFileAtomic } from '../proto/atomic.js';
import { type Call, usageError } from './call.js';

export function refuseExisting(file: string, { flags }: Call): void {
  if (existsSync(file) && !flags.force) throw usageError(`${file} exists already`, '--force replaces it');
}

export function writeOutput(file: string, contents: Uint8Array | string, call: Call): void {
  refuseExisting(file, call);
  writeFileAtomic(file, contents);
}
