/** (x - mean) / sqrt(var + eps), per channel: of the batch, or of running sums. */
import { fill, type Reference } from './reference';

export const BatchNorm = (global = false, eps = 1e-5): Reference => ({
  forward: ([x], params) => {
    const channels = x!.shape[1] ?? 1;
    const inner = x!.data.length / x!.shape[0]! / channels;
    const channel = (k: number) => Math.floor(k / inner) % channels;
    const statistics = Array.from({ length: channels }, (_, c) => {
      const values = x!.data.filter((__, k) => channel(k) === c);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
      return global ? params.slice(0, 2).map(({ data }) => data[c]! / params[2]!.data[0]!) : [mean, variance];
    });
    return [
      fill(x!.shape, (k) => {
        const [mean, variance] = statistics[channel(k)]!;
        return (x!.data[k]! - mean!) / Math.sqrt(variance! + eps);
      }),
    ];
  },
});
