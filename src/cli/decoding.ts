/** Who decodes the images of a command's data sets: --workers. */
import { DecodePool } from '../data/decode-pool.js';
import type { Decoder } from '../data/decoder.js';
import type { Call } from './call.js';

/** Undefined where it is not said: the threads that all data sets share. They end with the process. */
export function chosenDecoder({ flags }: Call): Decoder | undefined {
  return flags.workers === undefined ? undefined : new DecodePool(flags.workers);
}
