/** base ^ (shift + scale x). */
import { elementwise } from './reference';

export const Exp = (base = Math.E, scale = 1, shift = 0) => elementwise((x) => base ** (shift + scale * x));
