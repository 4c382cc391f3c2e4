/** Each channel pooled into 1, 4, 16, ... bins; STOCHASTIC as in TEST. */
import { fill, type Reference } from './reference';

export const SPP = (levels: number, pool: 'MAX' | 'AVE' | 'STOCHASTIC' = 'MAX'): Reference => ({
  forward: ([x]) => {
    const [N, C, H, W] = x!.shape as [number, number, number, number];
    const pooled = (n: number, c: number, bins: number, row: number, column: number) => {
      const span = (size: number, i: number) => {
        const bin = Math.ceil(size / bins);
        const pad = Math.floor((bin * bins - size + 1) / 2);
        const [from, to] = [i * bin - pad, Math.min((i + 1) * bin - pad, size + pad)];
        return { from: Math.max(0, from), to: Math.min(to, size), length: to - from };
      };
      const [h, w] = [span(H, row), span(W, column)];
      const values: number[] = [];
      for (let a = h.from; a < h.to; a++)
        for (let b = w.from; b < w.to; b++) values.push(x!.data[((n * C + c) * H + a) * W + b]!);
      const sum = values.reduce((all, v) => all + v, 0);
      if (pool === 'STOCHASTIC') return values.reduce((all, v) => all + v * v, 0) / sum;
      return pool === 'AVE' ? sum / (h.length * w.length) : Math.max(...values);
    };
    const items = Array.from({ length: N }, (_, n) =>
      Array.from({ length: levels }, (__, level) => 2 ** level).flatMap((bins) =>
        Array.from({ length: C * bins * bins }, (___, k) =>
          pooled(n, Math.floor(k / bins / bins), bins, Math.floor(k / bins) % bins, k % bins),
        ),
      ),
    );
    const shape = levels === 1 ? [N, C, 1, 1] : [N, items[0]!.length];
    const all = items.flat();
    return [fill(shape, (k) => all[k]!)];
  },
});
