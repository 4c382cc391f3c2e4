/** Each x spreads its kernel over y: the products of the convolution that goes the other way. */
import { type ConvolutionOptions, geometry } from './Convolution';
import { count, fill, type Reference, zeros } from './reference';

export function Deconvolution(outputs: number, options: ConvolutionOptions): Reference {
  const { kernel, stride, pad, dilation } = options;
  const image = (x: readonly number[]) => [
    x[0]!,
    outputs,
    ...kernel.map((k, d) => {
      const extent = (dilation?.[d] ?? 1) * (k - 1) + 1;
      return (stride?.[d] ?? 1) * (x[2 + d]! - 1) + extent - 2 * (pad?.[d] ?? 0);
    }),
  ];
  return {
    forward([x], [w, b]) {
      const shape = image(x!.shape);
      const places = count(shape.slice(2));
      const y = fill(shape, (i) => b?.data[Math.floor(i / places) % outputs] ?? 0);
      geometry(options, shape, x!.shape[1]!).products((xi, yi, wi) => {
        y.data[yi]! += x!.data[xi]! * w!.data[wi]!;
      });
      return [y];
    },
    backward([x], [w, b], [dy]) {
      const shape = image(x!.shape);
      const [dx, dw, db] = [zeros(x!.shape).data, zeros(w!.shape).data, zeros(b?.shape ?? []).data];
      geometry(options, shape, x!.shape[1]!).products((xi, yi, wi) => {
        dx[xi]! += dy![yi]! * w!.data[wi]!;
        dw[wi]! += dy![yi]! * x!.data[xi]!;
      });
      dy!.forEach((g, i) => {
        db[Math.floor(i / count(shape.slice(2))) % outputs]! += g;
      });
      return { bottoms: [dx], params: b ? [dw, db] : [dw] };
    },
  };
}
