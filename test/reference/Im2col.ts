/** The windows of a convolution as channels. */
import { fill, type Reference } from './reference';

export interface Windows {
  kernel: [number, number];
  stride?: [number, number];
  pad?: [number, number];
  dilation?: [number, number];
}

export const Im2col = ({ kernel, stride = [1, 1], pad = [0, 0], dilation = [1, 1] }: Windows): Reference => ({
  forward: ([x]) => {
    const [N, C, H, W] = x!.shape as [number, number, number, number];
    const size = (a: 0 | 1) =>
      Math.floor(([H, W][a]! + 2 * pad[a] - dilation[a] * (kernel[a] - 1) - 1) / stride[a]) + 1;
    const [KH, KW, OH, OW] = [...kernel, size(0), size(1)];
    return [
      fill([N, C * KH * KW, OH, OW], (k) => {
        const [ow, oh, kw] = [k % OW, Math.floor(k / OW) % OH, Math.floor(k / OW / OH) % KW];
        const kh = Math.floor(k / OW / OH / KW) % KH;
        const image = Math.floor(k / OW / OH / KW / KH);
        const [h, w] = [oh * stride[0] - pad[0] + kh * dilation[0], ow * stride[1] - pad[1] + kw * dilation[1]];
        return h < 0 || h >= H || w < 0 || w >= W ? 0 : x!.data[(image * H + h) * W + w]!;
      }),
    ];
  },
});
