/** exp(x_c) / sum of exp(x_c') along an axis. */
import { type Array64, around, fill, type Reference } from './reference';

export function softmax(x: Array64, axis: number): Array64 {
  const { channels, inner } = around(x.shape, axis);
  return fill(x.shape, (k) => {
    const first = Math.floor(k / (channels * inner)) * channels * inner + (k % inner);
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += Math.exp(x.data[first + c * inner]! - x.data[k]!);
    return 1 / sum;
  });
}

export const Softmax = (axis = 1): Reference => ({ forward: ([x]) => [softmax(x!, axis)] });
