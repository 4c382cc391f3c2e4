/** 1/(2N) * sum of max(|a - p|^2 - |a - n|^2 + alpha, 0). */
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
