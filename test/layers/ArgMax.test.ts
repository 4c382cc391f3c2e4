import { ArgMax } from '../reference/ArgMax';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

const common = { forwardOnly: true };

describe('ArgMax', () => {
  testGolden('ArgMax');
  testAgainstReference('ArgMax', [
    { name: 'over each item', ...common, shapes: [[17, 3, 2, 2]], reference: ArgMax() },
    {
      name: 'the three best',
      ...common,
      options: 'argmax_param { top_k: 3 }',
      shapes: [[5, 7]],
      reference: ArgMax({ top_k: 3 }),
    },
    {
      name: 'with values, among equals',
      ...common,
      options: 'argmax_param { top_k: 4 out_max_val: true }',
      shapes: [[5, 7]],
      values: (_, random) => Math.floor(random() * 3),
      reference: ArgMax({ top_k: 4, values: true }),
    },
    {
      name: 'values along an axis',
      ...common,
      options: 'argmax_param { axis: 1 top_k: 2 out_max_val: true }',
      shapes: [[5, 4, 3]],
      reference: ArgMax({ axis: 1, top_k: 2, values: true }),
    },
    {
      name: 'indices along the last axis',
      ...common,
      options: 'argmax_param { axis: -1 }',
      shapes: [[5, 4, 3]],
      reference: ArgMax({ axis: 2 }),
    },
  ]);
  testErrors('ArgMax', [
    {
      name: 'more best than classes',
      options: 'argmax_param { top_k: 4 }',
      shapes: [[2, 3]],
      message: /top_k must be from 1 to 3/,
      at: '4 }',
    },
  ]);
});
