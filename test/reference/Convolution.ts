/** y[n, o, p] = b[o] + sum of w[o, c, k] * x[n, c, p * stride - pad + k * dilation], as one list of the products there are. */
import { count, fill, type Reference, zeros } from './reference';

export interface ConvolutionOptions {
  kernel: number[];
  stride?: number[];
  pad?: number[];
  dilation?: number[];
  group?: number;
}

/** Calls back with the indices of y, x and w of each product. */
type Products = (each: (y: number, x: number, w: number) => void) => void;

export function Convolution(options: ConvolutionOptions): Reference {
  return {
    forward([x], [w, b]) {
      const { shape, products } = geometry(options, x!.shape, w!.shape[0]!);
      const places = count(shape.slice(2));
      const y = fill(shape, (i) => b?.data[Math.floor(i / places) % shape[1]!] ?? 0);
      products((yi, xi, wi) => {
        y.data[yi]! += x!.data[xi]! * w!.data[wi]!;
      });
      return [y];
    },
    backward([x], [w, b], [dy]) {
      const { shape, products } = geometry(options, x!.shape, w!.shape[0]!);
      const [dx, dw, db] = [zeros(x!.shape).data, zeros(w!.shape).data, zeros(b?.shape ?? []).data];
      products((yi, xi, wi) => {
        dx[xi]! += dy![yi]! * w!.data[wi]!;
        dw[wi]! += dy![yi]! * x!.data[xi]!;
      });
      dy!.forEach((g, i) => {
        db[Math.floor(i / count(shape.slice(2))) % shape[1]!]! += g;
      });
      return { bottoms: [dx], params: b ? [dw, db] : [dw] };
    },
  };
}

/** The top's shape and every product of a convolution of x. */
export function geometry(
  { kernel, stride, pad, dilation, group = 1 }: ConvolutionOptions,
  x: readonly number[],
  outputs: number,
) {
  const axes = kernel.map((k, d) => {
    const [s, p, e, size] = [stride?.[d] ?? 1, pad?.[d] ?? 0, dilation?.[d] ?? 1, x[2 + d]!];
    return { k, s, p, e, size, out: Math.floor((size + 2 * p - e * (k - 1) - 1) / s) + 1 };
  });
  const [images, channels] = [x[0]!, x[1]! / group];
  const [outPlaces, inPlaces, taps] = [count(axes.map(({ out }) => out)), count(x.slice(2)), count(kernel)];
  const products: Products = (each) => {
    for (let p = 0; p < outPlaces; p++) {
      for (let k = 0; k < taps; k++) {
        const from = placeOf(axes, p, k);
        if (from === undefined) continue;
        for (let n = 0; n < images; n++) {
          for (let o = 0; o < outputs; o++) {
            for (let c = 0; c < channels; c++) {
              const channel = Math.floor(o / (outputs / group)) * channels + c;
              each(
                (n * outputs + o) * outPlaces + p,
                (n * x[1]! + channel) * inPlaces + from,
                (o * channels + c) * taps + k,
              );
            }
          }
        }
      }
    }
  };
  return { shape: [images, outputs, ...axes.map(({ out }) => out)], products };
}

/** The place of x that tap k of output place p reads; undefined in the padding. */
function placeOf(
  axes: { k: number; s: number; p: number; e: number; size: number; out: number }[],
  p: number,
  k: number,
) {
  let [place, step] = [0, 1];
  for (const axis of [...axes].reverse()) {
    const at = (p % axis.out) * axis.s - axis.p + (k % axis.k) * axis.e;
    if (at < 0 || at >= axis.size) return undefined;
    place += at * step;
    step *= axis.size;
    p = Math.floor(p / axis.out);
    k = Math.floor(k / axis.k);
  }
  return place;
}
