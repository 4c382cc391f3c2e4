import { LSTMUnit } from '../reference/LSTMUnit';
import { testErrors } from './errors';
import { type Random, testAgainstReference } from './reference-cases';

const values = (b: number, random: Random) => (b === 2 ? Number(random() < 0.5) : random() * 4 - 2);
const shapes = (items: number, width: number) => [
  [1, items, width],
  [1, items, 4 * width],
  [1, items],
];

describe('LSTMUnit', () => {
  testAgainstReference('LSTMUnit', [
    { name: 'a step', shapes: shapes(3, 2), tops: 2, reference: LSTMUnit, values, gradients: [true, true, false] },
    {
      name: 'more than a vector',
      shapes: shapes(18, 5),
      tops: 2,
      reference: LSTMUnit,
      values,
      gradients: [true, true, false],
    },
  ]);
  testErrors('LSTMUnit', [
    {
      name: 'several steps',
      shapes: [
        [2, 3, 2],
        [2, 3, 8],
        [2, 3],
      ],
      tops: 2,
      message: /"bottom0" is 2 x 3 x 2, but must be 1 x sequences x values/,
      at: '"bottom0"',
    },
    {
      name: 'gates of another size',
      shapes: [
        [1, 3, 2],
        [1, 3, 7],
        [1, 3],
      ],
      tops: 2,
      message: /"bottom1" is 1 x 3 x 7, but must be 1 x 3 x 8/,
      at: '"bottom1"',
    },
  ]);
});
