/** Khosla's L_out over the products of (normalised) encodings. */
import { products, unit } from './batch-pairs';
import { type Reference, scalar } from './reference';

export const SupervisedContrastiveLoss = (temperature = 0.1, normalize = true): Reference => ({
  forward: ([x, labels]) => {
    const s = products(normalize ? unit(x!) : x!);
    const losses = s.flatMap((row, i) => {
      const others = row.map((v, j) => ({ e: v / temperature, j })).filter(({ j }) => j !== i);
      const positives = others.filter(({ j }) => labels!.data[j] === labels!.data[i]);
      if (positives.length === 0) return [];
      const logSum = Math.log(others.reduce((sum, { e }) => sum + Math.exp(e), 0));
      return [positives.reduce((sum, { e }) => sum + logSum - e, 0) / positives.length];
    });
    return [scalar(losses.length === 0 ? 0 : losses.reduce((a, b) => a + b, 0) / losses.length)];
  },
});
