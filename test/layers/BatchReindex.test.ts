import { BatchReindex } from '../reference/BatchReindex';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('BatchReindex', () => {
  testGolden('BatchReindex');
  testAgainstReference('BatchReindex', [
    {
      name: 'items several times and never',
      gradients: [true, false],
      shapes: [[5, 3, 2], [17]],
      values: (b, random) => (b === 0 ? random() : Math.floor(random() * 4)),
      reference: BatchReindex(),
    },
  ]);
  testErrors('BatchReindex', [
    {
      name: 'a table of indices',
      shapes: [
        [5, 3],
        [2, 2],
      ],
      message: /"bottom1" is 2 x 2, but must be a list/,
      at: '"bottom1"',
    },
  ]);
});
