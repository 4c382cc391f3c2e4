/** Wang's loss: soft maxima over the positives and over the negatives that are hard enough. */
import { products, unit } from './batch-pairs';
import { type Reference, scalar } from './reference';

export interface MultiSimilarityOptions {
  alpha?: number;
  beta?: number;
  lambda?: number;
  epsilon?: number;
  normalize?: boolean;
}

export function MultiSimilarityLoss(options: MultiSimilarityOptions = {}): Reference {
  const { alpha = 2, beta = 50, lambda = 0.5, epsilon = 0.1, normalize = true } = options;
  return {
    forward: ([x, labels]) => {
      const s = products(normalize ? unit(x!) : x!);
      const soft = (values: number[], factor: number) =>
        Math.log(1 + values.reduce((sum, v) => sum + Math.exp(factor * (v - lambda)), 0)) / Math.abs(factor);
      const losses = s.map((row, i) => {
        const of = (same: boolean) => row.filter((_, j) => j !== i && (labels!.data[j] === labels!.data[i]) === same);
        const [near, far] = [of(true), of(false)];
        const [least, most] = [Math.min(...near), Math.max(...far)];
        const positives = near.filter((v) => epsilon < 0 || v < most + epsilon);
        const negatives = far.filter((v) => epsilon < 0 || v > least - epsilon);
        return soft(positives, -alpha) + soft(negatives, beta);
      });
      return [scalar(losses.reduce((a, b) => a + b, 0) / losses.length)];
    },
  };
}
