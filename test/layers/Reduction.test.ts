import { Reduction } from '../reference/Reduction';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Reduction', () => {
  testGolden('Reduction');
  testAgainstReference('Reduction', [
    { name: 'everything', shapes: [[17, 3, 2]], reference: Reduction() },
    ...(['SUM', 'MEAN', 'ASUM', 'SUMSQ'] as const).map((operation) => ({
      name: `${operation} of each item`,
      options: `reduction_param { operation: ${operation} axis: 1 coeff: -1.5 }`,
      shapes: [[5, 3, 2]],
      reference: Reduction(operation, 1, -1.5),
      values: (_: number, random: () => number) => (random() + 0.1) * (random() < 0.5 ? -1 : 1),
    })),
    {
      name: 'the last axis',
      options: 'reduction_param { axis: -1 }',
      shapes: [[3, 4, 2]],
      reference: Reduction('SUM', 2),
    },
  ]);
  testErrors('Reduction', [
    {
      name: 'an axis that does not exist',
      options: 'reduction_param { axis: 2 }',
      shapes: [[3, 4]],
      message: /axis 2/,
      at: '2 }',
    },
  ]);
});
