/** The windows of a convolution as channels, over any number of axes after the channels. */
import type { ConvolutionOptions } from './Convolution';
import { count, fill, type Reference } from './reference';

export const Im2col = ({ kernel, stride, pad, dilation }: Omit<ConvolutionOptions, 'group'>, axis = 1): Reference => ({
  forward: ([x]) => {
    const { shape } = x!;
    const of = (list: number[] | undefined, d: number, otherwise: number) => list?.[d] ?? otherwise;
    const size = shape.slice(axis + 1);
    const windows = size.map((length, d) => {
      const room = length + 2 * of(pad, d, 0) - of(dilation, d, 1) * (kernel[d]! - 1) - 1;
      return Math.floor(room / of(stride, d, 1)) + 1;
    });
    return [
      fill([...shape.slice(0, axis), shape[axis]! * count(kernel), ...windows], (index) => {
        let [rest, taps] = [Math.floor(index / count(windows)), index % count(windows)];
        const window = digits(taps, windows);
        taps = rest % count(kernel);
        rest = Math.floor(rest / count(kernel));
        const at = digits(taps, kernel).map(
          (k, d) => window[d]! * of(stride, d, 1) - of(pad, d, 0) + k * of(dilation, d, 1),
        );
        if (at.some((place, d) => place < 0 || place >= size[d]!)) return 0;
        return x!.data[at.reduce((place, a, d) => place * size[d]! + a, rest)]!;
      }),
    ];
  },
});

/** A number in a mixed base, most significant first. */
function digits(value: number, base: readonly number[]): number[] {
  return base.reduceRight<number[]>((found, b) => {
    found.unshift(value % b);
    value = Math.floor(value / b);
    return found;
  }, []);
}
