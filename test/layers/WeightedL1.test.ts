import { WeightedL1 as reference } from '../reference/WeightedL1';
import { testErrors } from './errors';
import { testAgainstReference, testThreads } from './reference-cases';

const TYPE = 'WeightedL1';
const two = (...shape: number[]) => [shape, shape];

describe(TYPE, () => {
  testAgainstReference(TYPE, [
    { name: 'a batch', shapes: two(17, 4), params: [[4], [1]], reference },
    {
      name: '4-d encodings, no bias',
      options: 'weighted_l1_param { bias_term: false }',
      shapes: two(5, 3, 1, 1),
      params: [[3]],
      reference,
    },
  ]);
  testThreads(TYPE, { name: 'large', shapes: two(500, 70), params: [[70], [1]] });
  testErrors(TYPE, [
    {
      name: 'encodings of other lengths',
      shapes: [
        [4, 2],
        [4, 3],
      ],
      message: /"bottom1" is 4 x 3/,
      at: '"bottom1"',
    },
    { name: 'images', shapes: two(4, 2, 3, 3), message: /"bottom0" is 4 x 2 x 3 x 3/, at: '"bottom0"' },
  ]);
});
