/** max(x, 0) + slope * min(x, 0). */
import { elementwise } from './reference';

export const ReLU = (slope = 0) => elementwise((x) => Math.max(x, 0) + slope * Math.min(x, 0));
