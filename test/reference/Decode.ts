/** Distances to the mean of all encodings of each class so far, or to the k nearest of those remembered. */
import { type Array64, fill } from './reference';

const LARGEST_FLOAT = Math.fround(3.4028234663852886e38);

export class Decode {
  private readonly seen = new Map<number, number[][]>();

  constructor(
    private readonly labels: number,
    private readonly options: { ignored?: number[]; k?: number; cache?: number } = {},
  ) {}

  learn(x: Array64, labels: ArrayLike<number>): void {
    rows(x).forEach((row, i) => {
      const label = labels[(i * labels.length) / x.shape[0]!]!;
      if (!this.options.ignored?.includes(label)) this.seen.set(label, [...(this.seen.get(label) ?? []), row]);
    });
  }

  centroid(label: number): number[] | undefined {
    const items = this.seen.get(label);
    if (!items) return undefined;
    return items[0]!.map((_, c) => items.reduce((sum, item) => sum + item[c]!, 0) / items.length);
  }

  distances(x: Array64): Array64 {
    return fill([x.shape[0]!, this.labels], (e) => {
      const row = rows(x)[Math.floor(e / this.labels)]!;
      const centroid = this.centroid(e % this.labels);
      if (!centroid) return LARGEST_FLOAT;
      const { k, cache = 0 } = this.options;
      if (k === undefined) return squared(row, centroid);
      const last = this.seen.get(e % this.labels)!.slice(-cache);
      const nearest = last
        .map((item) => squared(row, item))
        .sort((a, b) => a - b)
        .slice(0, k);
      return nearest.reduce((sum, d) => sum + d, 0) / nearest.length;
    });
  }
}

function rows({ shape, data }: Array64): number[][] {
  const n = shape[0]!;
  const dimension = data.length / n;
  return Array.from({ length: n }, (_, i) => [...data.slice(i * dimension, (i + 1) * dimension)]);
}

function squared(a: number[], b: number[]): number {
  return a.reduce((sum, x, c) => sum + (x - b[c]!) ** 2, 0);
}
