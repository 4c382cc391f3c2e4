/** |x|. */
import { elementwise } from './reference';

export const AbsVal = () => elementwise(Math.abs);
