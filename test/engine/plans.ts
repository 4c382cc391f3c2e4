/** Plans made by hand: what the engine is tested with, free of the passes that make real ones. */
import type { Plan, PlanLayer, PlanParam, PlanSolver, PlanTensor } from '../../src/plan/plan';

/** Builds a plan piece by piece; every tensor gets memory of its own. */
export class PlanMaker {
  readonly plan: Plan = {
    net: 'made',
    phase: 'TRAIN',
    tensors: [],
    blobs: [],
    params: [],
    layers: [],
    forward: [],
    backward: [],
    feeds: [],
    sizes: { activation: 0, param: 0 },
    losses: [],
    outputs: [],
  };

  /** A blob with data and diff. `pad` floats are added to the pitch. */
  blob(name: string, shape: number[], split = 1, pad = 0): { data: number; diff: number } {
    const pair = {
      data: this.tensor('activation', shape, split, pad),
      diff: this.tensor('activation', shape, split, pad),
    };
    this.plan.blobs.push({ name, ...pair, kept: true });
    return pair;
  }

  param(name: string, shape: number[], more: Partial<PlanParam> = {}): { data: number; diff: number } {
    const data = this.tensor('param', shape, 0, 0);
    this.plan.tensors.push({ ...this.plan.tensors[data]!, arena: 'gradient' });
    const pair = { data, diff: data + 1 };
    const rest = { learnable: true, layer: name, index: 0, lr_mult: 1, decay_mult: 1 };
    this.plan.params.push({ name, ...pair, ...rest, ...more });
    return pair;
  }

  /** Appends a layer that runs forward, and backward in the opposite order. */
  layer(layer: Partial<PlanLayer> & { type: string }): number {
    const index = this.plan.layers.length;
    this.plan.layers.push({ name: `layer${index}`, bottoms: [], tops: [], params: [], attributes: {}, ...layer });
    this.plan.forward.push(index);
    this.plan.backward.unshift(index);
    return index;
  }

  private tensor(arena: PlanTensor['arena'], shape: number[], split: number, pad: number): number {
    split = Math.min(split, shape.length);
    const product = (dims: number[]) => dims.reduce((n, dim) => n * dim, 1);
    const pitch = product(shape.slice(0, split)) + pad;
    const kind = arena === 'activation' ? 'activation' : 'param';
    this.plan.tensors.push({ arena, offset: this.plan.sizes[kind], shape, split, pitch });
    this.plan.sizes[kind] += Math.ceil((product(shape.slice(split)) * pitch) / 16) * 16;
    return this.plan.tensors.length - 1;
  }
}

export const SGD: PlanSolver = {
  type: 'SGD',
  momentum: 0,
  momentum2: 0.999,
  rms_decay: 0.99,
  delta: 1e-8,
  weight_decay: 0,
  regularization_type: 'L2',
  clip_gradients: -1,
  iter_size: 1,
};

/** y = ReLU(x) with slope 0.5, x and y of `shape` in `split`, laid out with `pad`. */
export function reluPlan(shape = [3, 2], split = 1, pad = 0): Plan {
  const maker = new PlanMaker();
  const x = maker.blob('x', shape, split, pad);
  const y = maker.blob('y', shape, split, pad);
  maker.layer({ name: 'relu', type: 'ReLU', bottoms: [x], tops: [y], attributes: { negative_slope: 0.5 } });
  maker.plan.outputs = ['y'];
  return maker.plan;
}

/**
 * loss = sum over the batch of w . x, x being records of `width` floats that the feed brings: the gradient of a pass is the
 * sum of its records, whatever w is. So a test decides every gradient.
 */
export function linearPlan(
  width: number,
  batch: number,
  solver: Partial<PlanSolver> = {},
  more: Partial<PlanParam> = {},
): Plan {
  const maker = new PlanMaker();
  const x = maker.blob('x', [batch, 1, 1, width]);
  const y = maker.blob('y', [batch, 1]);
  const w = maker.param('w', [1, width], more);
  const data = maker.layer({ name: 'data', type: 'Data', tops: [x] });
  maker.layer({
    name: 'ip',
    type: 'InnerProduct',
    bottoms: [{ data: x.data, diff: -1 }],
    tops: [y],
    params: [w],
    attributes: { transpose: false },
  });
  maker.plan.feeds.push({ layer: data, name: 'data', recordsPerPass: batch });
  maker.plan.losses.push({ ...y, weight: 1 });
  maker.plan.outputs = ['y'];
  maker.plan.solver = { ...SGD, ...solver };
  return maker.plan;
}
