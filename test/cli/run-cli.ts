/** Runs the built program as a user's shell would. */
import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process';
import path from 'node:path';

export const root = path.join(__dirname, '..', '..');
export const program = path.join(root, 'bin', 'siamese');

/** Colours and terminals of the one who runs the tests must not reach the program under test. */
export function cleanEnv(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { NO_COLOR, FORCE_COLOR, TERM, CI, ...rest } = process.env;
  return { ...rest, ...more };
}

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

export function siamese(words: readonly string[], options: Partial<SpawnSyncOptionsWithStringEncoding> = {}): Outcome {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [program, ...words], {
    env: cleanEnv(),
    ...options,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}
