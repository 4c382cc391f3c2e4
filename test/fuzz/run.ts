/** Runs damaged inputs of one kind: each is read, or refused with a SiameseError, within its time and memory. */
import { SiameseError } from '../../src/errors';
import type { Attempt } from './kinds';
import { generator } from './mutate';

export interface Outcome {
  read: number;
  refused: number;
  failures: Failure[];
  /** The longest of them, milliseconds. */
  slowest: number;
}

export interface Failure {
  number: number;
  why: string;
}

export interface RunOptions {
  seed: number;
  /** Numbers of the first input and of the one after the last: an input's damage depends on seed and number alone. */
  from: number;
  to: number;
  /** Milliseconds that one may take. */
  patience: number;
  onInput?: (number: number) => void;
}

/** One processor is shared with others, so a limit of time is generous; of memory it is the issue's. */
export const MOST_MEMORY = 1e9;

export async function runAttempts(
  attempt: Attempt,
  { seed, from, to, patience, onInput }: RunOptions,
): Promise<Outcome> {
  const outcome: Outcome = { read: 0, refused: 0, failures: [], slowest: 0 };
  for (let number = from; number < to; number++) {
    onInput?.(number);
    const started = performance.now();
    const fail = (why: string) => outcome.failures.push({ number, why });
    try {
      await attempt(generator(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)));
      outcome.read++;
    } catch (error) {
      if (error instanceof SiameseError && error.code !== 'internal') outcome.refused++;
      else fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const took = performance.now() - started;
    outcome.slowest = Math.max(outcome.slowest, took);
    if (took > patience) fail(`it took ${Math.round(took)} ms`);
  }
  return outcome;
}
