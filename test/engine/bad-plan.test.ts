/** A plan that points outside of itself is refused before anything runs. */
import { Engine } from '../../src/engine/engine';
import type { Plan } from '../../src/plan/plan';
import { linearPlan, reluPlan } from './plans';

const PARAM = { name: 'w', data: 0, diff: 1, learnable: true, layer: 'relu', index: 0, lr_mult: 1, decay_mult: 1 };

/** What is wrong, where it is put, the value put there, what the error says. */
const RELU: [string, string, unknown, string][] = [
  ['a tensor that ends outside', 'sizes.activation', 50, 'tensor 3 ends outside of its arena'],
  ['a tensor that begins outside', 'tensors.0.offset', 1000, 'tensor 0 begins outside'],
  ['a negative offset', 'tensors.0.offset', -16, 'tensor 0 begins outside'],
  ['a pitch below the columns', 'tensors.0.pitch', 2, 'tensor 0 has a pitch below its cols'],
  ['a pitch that leaves the arena', 'tensors.3.pitch', 100, 'tensor 3 ends outside'],
  ['a split beyond the axes', 'tensors.0.split', 3, 'impossible split'],
  ['a negative axis', 'tensors.0.shape', [-3, 2], 'impossible shape'],
  ['a shape whose product overflows', 'tensors.0.shape', [2 ** 39, 2 ** 39], 'too large'],
  ['too many axes', 'tensors.0.shape', new Array(13).fill(1), 'more than 12 axes'],
  ['a fraction for an offset', 'tensors.0.offset', 0.5, 'plan.tensors[0].offset is no integer'],
  ['an unknown arena', 'tensors.0.arena', 'heap', 'unknown arena heap'],
  ['a top without data', 'layers.0.tops.0.data', -1, 'layer relu, top: no such data tensor'],
  ['a tensor that is not there', 'layers.0.bottoms.0.data', 4, 'layer relu, bottom: no such data'],
  ['a diff of another shape', 'tensors.1.shape', [2, 3], 'data and diff'],
  ['a step that is not there', 'forward.1', 1, 'forward names no layer'],
  ['a negative step', 'backward.0', -1, 'backward names no layer'],
  ['a loss that is not there', 'losses.0', { data: 9, diff: -1, weight: 1 }, 'loss: no such data tensor'],
  ['an output that is not there', 'outputs.0', 'z', 'output z is no blob'],
  ['an impossible size', 'sizes.activation', 2 ** 50, 'impossible activation size'],
  ['a param outside of the param arena', 'params.0', PARAM, 'not in the param arena'],
  ['a missing list', 'layers', undefined, 'plan.layers is no array'],
  ['an attribute of no known kind', 'layers.0.attributes.x', ['a'], 'attributes.x[0] is no number'],
  ['a mistyped attribute', 'layers.0.attributes.negative_slope', 'a', 'negative_slope has another type'],
  ['a feed of a layer that takes none', 'feeds.0', { layer: 0, name: 'f', recordsPerPass: 1 }, 'takes no feed'],
  ['a feed without a layer', 'feeds.0', { layer: 1, name: 'f', recordsPerPass: 1 }, 'feed f has no layer'],
];

const TRAINING: [string, string, unknown, string][] = [
  ['an unknown solver', 'solver.type', 'Zest', 'unknown solver type Zest'],
  ['iter_size 0', 'solver.iter_size', 0, 'iter_size'],
  ['a learnable param without diff', 'params.0.diff', -1, 'has no diff'],
  ['a gradient that lies elsewhere', 'tensors.5.offset', 1, 'data and diff lie differently'],
  ['a feed of another batch', 'feeds.0.recordsPerPass', 3, 'recordsPerPass'],
];

test.each(RELU)('%s', (_, path, value, message) => {
  expect(() => new Engine(changed(reluPlan(), path, value))).toThrow(message);
});

test.each(TRAINING)('training: %s', (_, path, value, message) => {
  const plan = linearPlan(2, 1);
  plan.sizes.param += 16;
  expect(() => new Engine(changed(plan, path, value))).toThrow(message);
});

test('the plans these are made from are good', () => {
  new Engine(reluPlan()).dispose();
  new Engine(linearPlan(2, 1)).dispose();
});

/** `plan` with `value` at a path such as 'tensors.0.offset'. */
function changed(plan: Plan, path: string, value: unknown): Plan {
  const keys = path.split('.');
  const last = keys.pop()!;
  let at = plan as unknown as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  at[last] = value;
  return plan;
}
