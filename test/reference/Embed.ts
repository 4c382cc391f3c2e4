/** A row of a table for each number, and a bias. */
import { fill, type Reference } from './reference';

export const Embed = (): Reference => ({
  forward: ([x], [table, bias]) => {
    const width = table!.shape[1]!;
    const value = (k: number) => table!.data[x!.data[Math.floor(k / width)]! * width + (k % width)]!;
    return [fill([...x!.shape, width], (k) => value(k) + (bias?.data[k % width] ?? 0))];
  },
});
