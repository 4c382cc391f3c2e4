/** (x - mean) / (std + eps) over each channel of each image, or over each image. */
import { fill, type Reference } from './reference';

export const MVN = ({ scales = true, across = false, eps = 1e-9 } = {}): Reference => ({
  forward: ([x]) => {
    const groups = x!.shape[0]! * (across ? 1 : (x!.shape[1] ?? 1));
    const n = x!.data.length / groups;
    return [
      fill(x!.shape, (k) => {
        const start = Math.floor(k / n) * n;
        const group = x!.data.slice(start, start + n);
        const mean = group.reduce((sum, v) => sum + v, 0) / n;
        const deviation = Math.sqrt(group.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n);
        return (x!.data[k]! - mean) / (scales ? deviation + eps : 1);
      }),
    ];
  },
});
