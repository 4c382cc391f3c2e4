/** Maximum, average or what STOCHASTIC gives on average of windows, as Caffe cuts them; the first of equal maxima takes the gradient. */
import { type Array64, fill, type Reference, zeros } from './reference';

export interface PoolingOptions {
  /** STOCHASTIC: as in TEST. */
  pool: 'MAX' | 'AVE' | 'STOCHASTIC';
  kernel: [number, number];
  stride?: [number, number];
  pad?: [number, number];
  floor?: boolean;
}

/** Of output place i: the bottom's places in its window, and what an average divides by. */
interface Window {
  places: number[];
  size: number;
}

export function Pooling(options: PoolingOptions): Reference {
  return {
    forward([x]) {
      const { shape, windows } = windowsOf(options, x!.shape);
      return [fill(shape, (i) => value(options, x!, windows(i)))];
    },
    backward([x], _, [dy]) {
      const { windows } = windowsOf(options, x!.shape);
      const dx = zeros(x!.shape).data;
      dy!.forEach((g, i) => {
        const { places, size } = windows(i);
        if (options.pool === 'STOCHASTIC') {
          const [sum, y] = [places.reduce((s, p) => s + x!.data[p]!, 0), value(options, x!, windows(i))];
          if (sum > 0) for (const p of places) dx[p]! += (g * (2 * x!.data[p]! - y)) / sum;
        } else if (options.pool === 'AVE') for (const p of places) dx[p]! += g / size;
        else if (places.length > 0) dx[places.reduce((best, p) => (x!.data[p]! > x!.data[best]! ? p : best))]! += g;
      });
      return { bottoms: [dx] };
    },
  };
}

function value({ pool }: PoolingOptions, { data }: Array64, { places, size }: Window): number {
  if (pool === 'AVE') return places.reduce((sum, p) => sum + data[p]!, 0) / (size || 1);
  if (pool === 'STOCHASTIC') {
    const sum = places.reduce((s, p) => s + data[p]!, 0);
    return sum > 0 ? places.reduce((s, p) => s + data[p]! ** 2, 0) / sum : 0;
  }
  return Math.max(-FLT_MAX, ...places.map((p) => data[p]!));
}

function windowsOf({ kernel, stride = [1, 1], pad = [0, 0], floor }: PoolingOptions, x: readonly number[]) {
  const out = [0, 1].map((d) => {
    const [size, k, s, p] = [x[2 + d]!, kernel[d]!, stride[d]!, pad[d]!];
    const windows = (floor ? Math.floor : Math.ceil)((size + 2 * p - k) / s) + 1;
    return pad.some((margin) => margin > 0) && (windows - 1) * s >= size + p ? windows - 1 : windows;
  });
  const windows = (i: number): Window => {
    const plane = Math.floor(i / (out[0]! * out[1]!)) * x[2]! * x[3]!;
    const [h, w] = [Math.floor(i / out[1]!) % out[0]!, i % out[1]!].map((o, d) => {
      const begin = o * stride[d]! - pad[d]!;
      const end = Math.min(begin + kernel[d]!, x[2 + d]! + pad[d]!);
      return { begin: Math.max(begin, 0), end: Math.min(end, x[2 + d]!), length: end - begin };
    });
    const places: number[] = [];
    for (let r = h!.begin; r < h!.end; r++) for (let c = w!.begin; c < w!.end; c++) places.push(plane + r * x[3]! + c);
    return { places, size: h!.length * w!.length };
  };
  return { shape: [x[0]!, x[1]!, ...out], windows };
}

const FLT_MAX = 3.4028234663852886e38;
