/** x + bias, spread over axes of x from `axis` on. */
import { fill, type Reference } from './reference';
import { spread } from './Scale';

export const Bias = (axis = 1): Reference => ({
  forward: (bottoms, params) => {
    const x = bottoms[0]!;
    const bias = spread([...bottoms.slice(1), ...params][0]!, x.shape, axis);
    return [fill(x.shape, (k) => x.data[k]! + bias(k))];
  },
});
