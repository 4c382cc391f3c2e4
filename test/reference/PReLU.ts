/** x, or slope_c * x below 0. */
import { fill, type Reference } from './reference';

export const PReLU = (): Reference => ({
  forward: ([x], [slopes]) => {
    const inner = x!.data.length / x!.shape[0]! / x!.shape[1]!;
    return [
      fill(x!.shape, (k) => {
        const slope = slopes!.data[slopes!.data.length === 1 ? 0 : Math.floor(k / inner) % x!.shape[1]!]!;
        return x!.data[k]! * (x!.data[k]! > 0 ? 1 : slope);
      }),
    ];
  },
});
