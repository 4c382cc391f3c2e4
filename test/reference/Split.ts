/** The bottom, several times. */
import type { Reference } from './reference';

export const Split = (tops: number): Reference => ({ forward: ([x]) => new Array(tops).fill(x) });
