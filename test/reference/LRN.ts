/** x * (k + alpha / n * sum of x^2 over a window)^-beta. */
import { fill, type Reference } from './reference';

export interface LrnOptions {
  size?: number;
  alpha?: number;
  beta?: number;
  k?: number;
  within?: boolean;
}

export const LRN = ({ size = 5, alpha = 1, beta = 0.75, k = 1, within = false }: LrnOptions = {}): Reference => ({
  forward: ([x]) => {
    const [, C, H, W] = x!.shape as [number, number, number, number];
    const reach = (size - 1) / 2;
    const near = (a: number, b: number, far: number) => Math.abs(a - b) <= far;
    return [
      fill(x!.shape, (e) => {
        const [w, h, c, n] = [e % W, Math.floor(e / W) % H, Math.floor(e / W / H) % C, Math.floor(e / W / H / C)];
        let sum = 0;
        x!.data.forEach((v, other) => {
          const [w2, h2, c2] = [other % W, Math.floor(other / W) % H, Math.floor(other / W / H) % C];
          const same = n === Math.floor(other / W / H / C);
          const inside =
            near(c, c2, within ? 0 : reach) && near(h, h2, within ? reach : 0) && near(w, w2, within ? reach : 0);
          if (same && inside) sum += v * v;
        });
        return x!.data[e]! * (k + (alpha / (within ? size * size : size)) * sum) ** -beta;
      }),
    ];
  },
});
