/** Each x spreads its kernel over y. */

import type { Windows } from './Im2col';
import { type Reference, zeros } from './reference';

export const Deconvolution = (
  outputs: number,
  { kernel, stride = [1, 1], pad = [0, 0], dilation = [1, 1] }: Windows,
  group = 1,
): Reference => ({
  forward: ([x], [weights, bias]) => {
    const [N, C, H, W] = x!.shape as [number, number, number, number];
    const size = (a: 0 | 1) => stride[a] * ([H, W][a]! - 1) + dilation[a] * (kernel[a] - 1) + 1 - 2 * pad[a];
    const [OH, OW, per] = [size(0), size(1), outputs / group];
    const y = zeros([N, outputs, OH, OW]);
    y.data.forEach((_, k) => {
      y.data[k] = bias?.data[Math.floor(k / OH / OW) % outputs] ?? 0;
    });
    x!.data.forEach((v, k) => {
      const [w, h, c, n] = [k % W, Math.floor(k / W) % H, Math.floor(k / W / H) % C, Math.floor(k / W / H / C)];
      weights!.data
        .slice(c * per * kernel[0] * kernel[1], (c + 1) * per * kernel[0] * kernel[1])
        .forEach((weight, j) => {
          const [kw, kh, o] = [
            j % kernel[1],
            Math.floor(j / kernel[1]) % kernel[0],
            Math.floor(j / kernel[1] / kernel[0]),
          ];
          const [oh, ow] = [h * stride[0] - pad[0] + kh * dilation[0], w * stride[1] - pad[1] + kw * dilation[1]];
          if (oh < 0 || oh >= OH || ow < 0 || ow >= OW) return;
          const output = Math.floor(c / (C / group)) * per + o;
          y.data[((n * outputs + output) * OH + oh) * OW + ow]! += weight * v;
        });
    });
    return [y];
  },
});
