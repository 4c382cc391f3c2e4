/** 1/(2N) * sum of max(|a - p|^2 - |a - n|^2 + alpha, 0). */
import { squaredDistances, unit } from './batch-pairs';
import { type Reference, scalar } from './reference';

export const TripletLoss = (alpha = 1.1): Reference => ({
  forward: ([a, p, n]) => {
    const items = a!.shape[0]!;
    const dimension = a!.data.length / items;
    let loss = 0;
    for (let i = 0; i < items; i++) {
      let cost = alpha;
      for (let k = i * dimension; k < (i + 1) * dimension; k++) {
        cost += (a!.data[k]! - p!.data[k]!) ** 2 - (a!.data[k]! - n!.data[k]!) ** 2;
      }
      loss += Math.max(cost, 0);
    }
    return [scalar(loss / (2 * items))];
  },
});

export interface TripletMiningOptions {
  mining?: 'HARD' | 'SEMI_HARD' | 'ALL';
  alpha?: number;
  plain?: boolean;
  normalize?: boolean;
}

/** The same over triplets mined from a batch of labelled encodings. */
export function TripletMining(options: TripletMiningOptions = {}): Reference {
  const { mining = 'HARD', alpha = 1.1, plain = false, normalize = false } = options;
  return {
    forward: ([x, labels]) => {
      const d = squaredDistances(normalize ? unit(x!) : x!).map((row) => row.map((v) => (plain ? Math.sqrt(v) : v)));
      const costs = d.flatMap((row, i) => {
        const items = row.map((v, j) => ({ v, j })).filter(({ j }) => j !== i);
        const near = items.filter(({ j }) => labels!.data[j] === labels!.data[i]).map(({ v }) => v);
        const far = items.filter(({ j }) => labels!.data[j] !== labels!.data[i]).map(({ v }) => v);
        if (near.length === 0 || far.length === 0) return [];
        if (mining === 'HARD') return [Math.max(Math.max(...near) - Math.min(...far) + alpha, 0)];
        if (mining === 'ALL') {
          return near.flatMap((p) => far.map((n) => p - n + alpha)).filter((cost) => cost > 0);
        }
        return near.map((p) => {
          const beyond = far.filter((n) => n > p);
          return Math.max(p - (beyond.length > 0 ? Math.min(...beyond) : Math.max(...far)) + alpha, 0);
        });
      });
      return [scalar(costs.length === 0 ? 0 : costs.reduce((a, b) => a + b, 0) / (2 * costs.length))];
    },
  };
}
