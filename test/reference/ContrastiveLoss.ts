/** Hadsell's loss and its variants, and per pair whether it is on its right side of the margin. */
import { type Array64, fill, type Gradients, type Reference, scalar } from './reference';

export interface ContrastiveOptions {
  margin?: number;
  legacy?: boolean;
  manhattan?: boolean;
  scale?: number;
  learning?: 'NONE' | 'MATCHING' | 'NONMATCHING' | 'ALL';
  match?: boolean;
  mining?: 'HARD' | 'SEMI_HARD';
}

export function ContrastiveLoss(options: ContrastiveOptions = {}): Reference {
  const { margin = 1, manhattan = false, legacy = manhattan, match = false } = options;
  return {
    forward: (bottoms) => {
      const pairs = pairsOf(bottoms, options);
      const room = pairs.map(({ D }) => margin - (legacy ? D : Math.sqrt(D)));
      const losses = pairs.map(({ same, D }, i) =>
        same ? D : legacy ? Math.max(room[i]!, 0) : Math.max(room[i]!, 0) ** 2,
      );
      const loss = losses.reduce((sum, x) => sum + x, 0) / (2 * pairs.length);
      return [
        scalar(loss),
        ...(match ? [fill([pairs.length], (i) => (room[i]! >= 0 === pairs[i]!.same ? 1 : 0))] : []),
      ];
    },
    backward: (bottoms, _, [weight]): Gradients => {
      const pairs = pairsOf(bottoms, options);
      const slopes = pairs.map(({ same, D, k }) => {
        if (same) return k;
        if (legacy) return D < margin ? -1 : 0;
        const d = Math.sqrt(D);
        return d < margin ? -(margin - d) / (d + 1e-4) : 0;
      });
      const C = bottoms[0]!.data.length / pairs.length;
      const slopeOf = (e: number) => {
        const { differences } = pairs[Math.floor(e / C)]!;
        const difference = differences[e % C]!;
        const direction = manhattan ? Math.sign(difference) / 2 : difference;
        return (weight![0]! * slopes[Math.floor(e / C)]! * direction) / pairs.length;
      };
      if (options.mining) {
        const second = new Float64Array(bottoms[1]!.data.length);
        for (let e = 0; e < second.length; e++) second[pairs[Math.floor(e / C)]!.second * C + (e % C)]! -= slopeOf(e);
        return { bottoms: [fill(bottoms[0]!.shape, slopeOf).data, second] };
      }
      const gradient = (sign: number) =>
        fill(bottoms[0]!.shape, (e) => {
          const { differences, replaced } = pairs[Math.floor(e / C)]!;
          const difference = differences[e % C]!;
          const direction = manhattan ? Math.sign(difference) / 2 : difference;
          if (sign > 0 && replaced) return 0;
          return (sign * weight![0]! * slopes[Math.floor(e / C)]! * direction) / pairs.length;
        }).data;
      return { bottoms: [gradient(1), gradient(-1)] };
    },
  };
}

function pairsOf(
  [a, b, labels, centroids]: Array64[],
  { manhattan, scale = 1, learning = 'NONE', mining }: ContrastiveOptions,
) {
  const N = a!.shape[0]!;
  const [C, columns] = [a!.data.length / N, labels!.data.length / N];
  const between = (i: number, j: number) =>
    Array.from({ length: C }, (_, c) => a!.data[i * C + c]! - b!.data[j * C + c]!).reduce(
      (sum, x) => sum + (manhattan ? Math.abs(x) : x * x),
      0,
    );
  const mined = (i: number) => {
    const own = labels!.data[2 * i]!;
    const all = Array.from({ length: N }, (_, j) => ({ j, d: between(i, j), same: labels!.data[2 * j + 1] === own }));
    const beyond = mining === 'HARD' ? -1 : Math.max(-1, ...all.filter(({ same }) => same).map(({ d }) => d));
    const found = all.filter(({ d, same }) => !same && d > beyond).sort((x, y) => x.d - y.d)[0];
    return found?.j ?? i;
  };
  return Array.from({ length: N }, (_, i) => {
    const label = labels!.data.slice(i * columns, (i + 1) * columns);
    const same = columns === 1 ? Math.trunc(label[0]!) !== 0 : label.every((l) => l === label[0]);
    const centroid = centroids?.data.slice(label[0]! * C, (label[0]! + 1) * C);
    const wanted = learning === 'ALL' || learning === (same ? 'MATCHING' : 'NONMATCHING');
    const replaced = wanted && centroid?.some((x) => x !== 0);
    const first = replaced ? centroid : a!.data.slice(i * C, (i + 1) * C);
    const second = mining && !same ? mined(i) : i;
    const differences = Array.from(first, (x, c) => x - b!.data[second * C + c]!);
    const k = same ? scale : 1;
    const D = k * differences.reduce((sum, x) => sum + (manhattan ? Math.abs(x) : x * x), 0);
    return { same, differences, D, k, replaced, second };
  });
}
