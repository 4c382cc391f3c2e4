/** log of shift + scale x to a base. */
import { elementwise } from './reference';

export const Log = (base = Math.E, scale = 1, shift = 0) =>
  elementwise((x) => Math.log(shift + scale * x) / Math.log(base));
