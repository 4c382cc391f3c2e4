/** A sum over all axes from one on. */
import { count, fill, type Reference } from './reference';

const TERMS = { SUM: (x: number) => x, MEAN: (x: number) => x, ASUM: Math.abs, SUMSQ: (x: number) => x * x };

export const Reduction = (operation: keyof typeof TERMS = 'SUM', axis = 0, coeff = 1): Reference => ({
  forward: ([x]) => {
    const n = count(x!.shape.slice(axis));
    const sum = (k: number) => x!.data.slice(k * n, (k + 1) * n).reduce((total, v) => total + TERMS[operation](v), 0);
    return [fill(x!.shape.slice(0, axis), (k) => (coeff * sum(k)) / (operation === 'MEAN' ? n : 1))];
  },
});
