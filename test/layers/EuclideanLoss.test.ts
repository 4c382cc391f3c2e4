import { EuclideanLoss } from '../reference/EuclideanLoss';
import { testErrors, testWarnings } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference, testThreads } from './reference-cases';

describe('EuclideanLoss', () => {
  testGolden('EuclideanLoss');
  testAgainstReference('EuclideanLoss', [
    { name: 'vectors', isLoss: true, shapes: [[7], [7]], reference: EuclideanLoss() },
    {
      name: 'a batch',
      isLoss: true,
      shapes: [
        [17, 3],
        [17, 3],
      ],
      reference: EuclideanLoss(),
    },
    {
      name: 'items of another shape',
      isLoss: true,
      shapes: [
        [2, 6],
        [2, 3, 2],
      ],
      reference: EuclideanLoss(),
    },
    {
      name: 'a target without gradient',
      isLoss: true,
      options: 'propagate_down: true propagate_down: false',
      gradients: [true, false],
      shapes: [
        [3, 2],
        [3, 2],
      ],
      reference: EuclideanLoss(),
    },
  ]);
  testThreads('EuclideanLoss', {
    name: 'large',
    isLoss: true,
    shapes: [
      [64, 300],
      [64, 300],
    ],
  });
  testErrors('EuclideanLoss', [
    {
      name: 'other counts',
      shapes: [
        [2, 3],
        [2, 4],
      ],
      message: /differ in their number of elements: 6 and 8/,
      at: '"bottom1"',
    },
    {
      name: 'other batches',
      shapes: [
        [2, 6],
        [3, 4],
      ],
      message: /same batch size/,
      at: '"bottom1"',
    },
  ]);
  testWarnings('EuclideanLoss', [
    {
      name: 'loss_param',
      options: 'loss_param { normalization: VALID }',
      shapes: [
        [4, 2],
        [4, 2],
      ],
      message: /loss_param has no effect/,
      at: 'loss_param',
    },
  ]);
});
