/** The update rules in float64, one parameter at a time, in Caffe's order of steps. */
import type { PlanSolver } from '../../src/plan/plan';

export interface Weight {
  w: number;
  history: [number, number];
  lr_mult: number;
  decay_mult: number;
}

/** One iteration over all weights; `gradients` are the sums over iter_size passes. */
export function step(given: PlanSolver, weights: Weight[], gradients: number[], rate: number, iteration: number): void {
  const solver = float32(given);
  const norm = Math.hypot(...gradients);
  const { clip_gradients: limit, weight_decay, iter_size } = solver;
  const clip = limit > 0 && norm > limit ? limit / norm : 1;
  weights.forEach((weight, i) => {
    const penalty = solver.regularization_type === 'L1' ? Math.sign(weight.w) : weight.w;
    const decay = weight_decay * weight.decay_mult * penalty;
    const apart = solver.type === 'AdamW';
    const g = (gradients[i]! * clip) / iter_size + (apart ? 0 : decay);
    if (apart) weight.w -= rate * weight.lr_mult * decay;
    weight.w -= RULES[solver.type]!(solver, g, rate * weight.lr_mult, weight.history, iteration);
  });
}

/** Caffe keeps the hyperparameters as floats: 1 - 0.999 is then 1.3e-5 off, and Adam's v with it. */
function float32(solver: PlanSolver): PlanSolver {
  const rounded = Object.entries(solver).map(([key, v]) => [key, typeof v === 'number' ? Math.fround(v) : v]);
  return Object.fromEntries(rounded);
}

type Rule = (solver: PlanSolver, g: number, rate: number, h: [number, number], iteration: number) => number;

const RULES: Record<string, Rule> = {
  SGD({ momentum }, g, rate, h) {
    h[0] = momentum * h[0] + rate * g;
    return h[0];
  },
  Nesterov({ momentum }, g, rate, h) {
    const before = h[0];
    h[0] = momentum * before + rate * g;
    return (1 + momentum) * h[0] - momentum * before;
  },
  AdaGrad({ delta }, g, rate, h) {
    h[0] += g ** 2;
    return (rate * g) / (Math.sqrt(h[0]) + delta);
  },
  RMSProp({ rms_decay, delta }, g, rate, h) {
    h[0] = rms_decay * h[0] + (1 - rms_decay) * g ** 2;
    return (rate * g) / (Math.sqrt(h[0]) + delta);
  },
  AdaDelta({ momentum, delta }, g, rate, h) {
    h[0] = momentum * h[0] + (1 - momentum) * g ** 2;
    const update = g * Math.sqrt((h[1] + delta) / (h[0] + delta));
    h[1] = momentum * h[1] + (1 - momentum) * update ** 2;
    return rate * update;
  },
  Adam({ momentum, momentum2, delta }, g, rate, h, iteration) {
    const t = iteration + 1;
    h[0] = momentum * h[0] + (1 - momentum) * g;
    h[1] = momentum2 * h[1] + (1 - momentum2) * g ** 2;
    return (rate * (Math.sqrt(1 - momentum2 ** t) / (1 - momentum ** t)) * h[0]) / (Math.sqrt(h[1]) + delta);
  },
  AdamW: (...given) => RULES.Adam!(...given),
};
