/** x held between two bounds. */
import { elementwise } from './reference';

export const Clip = (min: number, max: number) => elementwise((x) => Math.min(Math.max(x, min), max));
