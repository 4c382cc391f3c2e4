/** tanh(x). */
import { elementwise } from './reference';

export const TanH = () => elementwise(Math.tanh);
