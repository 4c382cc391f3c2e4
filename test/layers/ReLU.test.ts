import { ReLU } from '../reference/ReLU';
import { testGolden } from './golden-cases';
import { testAgainstReference, testThreads } from './reference-cases';

/** Differences straddle the kink at 0: values keep away from it. */
const values = (_: number, random: () => number) => (random() + 0.1) * (random() < 0.5 ? -1 : 1);

describe('ReLU', () => {
  testGolden('ReLU');
  testAgainstReference('ReLU', [
    { name: 'one element', shapes: [[1]], reference: ReLU(), values },
    { name: 'a vector', shapes: [[7]], reference: ReLU(), values },
    { name: 'batch 1', shapes: [[1, 3, 5, 2]], reference: ReLU(), values },
    { name: 'padded rows', shapes: [[17, 3, 2]], reference: ReLU(), values },
    { name: 'a slope', options: 'relu_param { negative_slope: 0.3 }', shapes: [[4, 5]], reference: ReLU(0.3), values },
    {
      name: 'a slope in place',
      options: 'relu_param { negative_slope: 0.3 }',
      shapes: [[4, 5]],
      reference: ReLU(0.3),
      values,
      inPlace: true,
    },
    {
      name: 'a negative slope',
      options: 'relu_param { negative_slope: -1 }',
      shapes: [[4, 5]],
      reference: ReLU(-1),
      values,
    },
  ]);
  testThreads('ReLU', { name: 'large', shapes: [[64, 20, 17]] });
});
