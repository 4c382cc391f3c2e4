/** x, or alpha * (exp(x) - 1) below 0. */
import { elementwise } from './reference';

export const ELU = (alpha = 1) => elementwise((x) => (x > 0 ? x : alpha * Math.expm1(x)));
