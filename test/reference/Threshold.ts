/** Whether x is above a threshold. */
import { elementwise } from './reference';

export const Threshold = (threshold = 0) => elementwise((x) => (x > threshold ? 1 : 0));
