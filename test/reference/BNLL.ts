/** log(1 + exp(x)). */
import { elementwise } from './reference';

export const BNLL = () => elementwise((x) => Math.log1p(Math.exp(x)));
