/** A figure with the protocol that gave it. */
import type { Interval } from './intervals.js';

export interface Measured {
  /** Short name, as in `recall@1`. */
  name: string;
  value: number;
  /** Of 95 %; undefined where there is too little to tell. */
  interval?: Interval | undefined;
  /** How it was measured, and what the interval is. */
  protocol: string;
  /** What the same protocol gives with a net that was not trained, and with the pixels in place of encodings. */
  baselines?: { untrained?: number | undefined; pixels?: number | undefined } | undefined;
}
