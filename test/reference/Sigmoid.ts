/** 1 / (1 + exp(-x)). */
import { elementwise } from './reference';

export const Sigmoid = () => elementwise((x) => 1 / (1 + Math.exp(-x)));
