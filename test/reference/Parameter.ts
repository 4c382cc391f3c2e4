/** The parameter itself. */
import type { Reference } from './reference';

export const Parameter = (): Reference => ({ forward: (_, [param]) => [param!] });
