/** (shift + scale x) ^ power. */
import { elementwise } from './reference';

export const Power = (power = 1, scale = 1, shift = 0) => elementwise((x) => (shift + scale * x) ** power);
