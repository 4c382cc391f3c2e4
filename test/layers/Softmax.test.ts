import { Softmax } from '../reference/Softmax';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';

describe('Softmax', () => {
  testGolden('Softmax');
  testAgainstReference('Softmax', [
    { name: 'classes on axis 1', shapes: [[17, 10]], reference: Softmax() },
    { name: 'one class', shapes: [[3, 1, 2]], reference: Softmax() },
    { name: 'over the batch', options: 'softmax_param { axis: 0 }', shapes: [[5, 3]], reference: Softmax(0) },
    { name: 'the last axis', options: 'softmax_param { axis: -1 }', shapes: [[2, 3, 2, 4]], reference: Softmax(3) },
    { name: 'images', shapes: [[3, 4, 2, 5]], reference: Softmax() },
    { name: 'in place', shapes: [[3, 4, 2]], reference: Softmax(), inPlace: true },
  ]);
  testThreads('Softmax', { name: 'large', shapes: [[8, 10, 20, 20]] });
  it('does not overflow', async () => {
    const { tops } = await runLayer({ layer: 'type: "Softmax"', bottoms: [{ shape: [1, 3], data: [1e4, 1e4, -1e4] }] });
    expect([...tops[0]!.data]).toEqual([0.5, 0.5, 0]);
  });
  testErrors('Softmax', [
    {
      name: 'an axis that does not exist',
      options: 'softmax_param { axis: 2 }',
      shapes: [[2, 3]],
      message: /axis 2 does not exist in blob "bottom0" \(2 x 3\)/,
      at: '2 }',
    },
  ]);
});
