/** y[m, o] = b[o] + sum over k of w[o, k] * x[m, k]; w[k, o] where transposed. */
import { count, fill, type Reference } from './reference';

export function InnerProduct(outputs: number, { axis = 1, transpose = false } = {}): Reference {
  return {
    forward([x], [w, b]) {
      const inputs = count(x!.shape.slice(axis));
      return [
        fill([...x!.shape.slice(0, axis), outputs], (i) => {
          const [m, o] = [Math.floor(i / outputs), i % outputs];
          let sum = b?.data[o] ?? 0;
          for (let k = 0; k < inputs; k++) {
            sum += w!.data[transpose ? k * outputs + o : o * inputs + k]! * x!.data[m * inputs + k]!;
          }
          return sum;
        }),
      ];
    },
  };
}
