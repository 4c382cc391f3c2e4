/** Sum with coefficients, product or maximum of the bottoms, element by element. */
import { fill, type Reference } from './reference';

export const Eltwise = (operation: 'SUM' | 'PROD' | 'MAX' = 'SUM', coeff?: number[]): Reference => ({
  forward: (bottoms) => [
    fill(bottoms[0]!.shape, (k) => {
      const x = bottoms.map(({ data }, i) => data[k]! * (coeff?.[i] ?? 1));
      if (operation === 'MAX') return Math.max(...x);
      return operation === 'PROD' ? x.reduce((p, v) => p * v) : x.reduce((s, v) => s + v);
    }),
  ],
});
