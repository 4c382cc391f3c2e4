/** x / (1 + exp(-beta x)). */
import { elementwise } from './reference';

export const Swish = (beta = 1) => elementwise((x) => x / (1 + Math.exp(-beta * x)));
