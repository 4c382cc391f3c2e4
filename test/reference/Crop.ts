/** A part of the bottom, from an offset an axis. */
import { fill, type Reference } from './reference';

export const Crop = (shape: number[], offsets: number[]): Reference => ({
  forward: ([x]) => [
    fill(shape, (k) => {
      let [index, step, rest] = [0, 1, k];
      for (let a = shape.length - 1; a >= 0; a--) {
        index += ((rest % shape[a]!) + offsets[a]!) * step;
        rest = Math.floor(rest / shape[a]!);
        step *= x!.shape[a]!;
      }
      return x!.data[index]!;
    }),
  ],
});
