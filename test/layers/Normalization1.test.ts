import { Normalization1 } from '../reference/Normalization1';
import { testErrors } from './errors';
import { runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';

describe('Normalization1', () => {
  testAgainstReference('Normalization1', [
    { name: 'vectors', shapes: [[5, 3]], reference: Normalization1() },
    { name: 'more than a vector of items, several axes', shapes: [[19, 2, 3, 2]], reference: Normalization1() },
    { name: 'in place', shapes: [[4, 6]], inPlace: true, reference: Normalization1() },
    {
      name: 'the sum of absolute values',
      options: 'normalization1_param { norm: L1 }',
      shapes: [[4, 5]],
      reference: Normalization1('L1'),
    },
  ]);
  testThreads('Normalization1', { name: 'large', shapes: [[40, 400]] });
  it('leaves an item of zeros, without a gradient', async () => {
    const run = await runLayer({
      layer: 'type: "Normalization1"',
      bottoms: [{ shape: [2, 2], data: [0, 0, 3, 4] }],
      topDiffs: [[1, 2, 1, 0]],
    });
    expect([...run.tops[0]!.data]).toEqual([0, 0, Math.fround(0.6), Math.fround(0.8)]);
    expect([...run.bottomDiffs[0]!].slice(0, 2)).toEqual([0, 0]);
  });
  testErrors('Normalization1', [
    {
      name: 'single numbers',
      shapes: [[3]],
      message: /"bottom0" is 3, but must be items of some values/,
      at: '"bottom0"',
    },
  ]);
});
