import { TripletLoss } from '../reference/TripletLoss';
import { testErrors, testWarnings } from './errors';
import { runLayer } from './harness';
import { testAgainstReference } from './reference-cases';

const three = (...shape: number[]) => [shape, shape, shape];

describe('TripletLoss', () => {
  testAgainstReference('TripletLoss', [
    { name: 'a batch', isLoss: true, shapes: three(17, 3), reference: TripletLoss() },
    {
      name: 'another alpha, 4-d encodings, with labels',
      isLoss: true,
      options: 'triplet_loss_param { alpha: 0.3 }',
      gradients: [true, true, true, false],
      shapes: [...three(5, 4, 1, 1), [5, 3]],
      reference: TripletLoss(0.3),
    },
  ]);
  it('costs nothing, and moves nothing, where the negative is far enough', async () => {
    const bottoms = [
      [0, 0],
      [1, 0],
      [0, 2],
    ].map((data) => ({ shape: [1, 2], data }));
    const { loss, bottomDiffs } = await runLayer({ layer: 'type: "TripletLoss"', bottoms, topDiffs: [undefined] });
    expect(loss).toBe(0);
    expect(bottomDiffs.flatMap((diff) => [...diff!]).every((x) => x === 0)).toBe(true);
  });
  testErrors('TripletLoss', [
    {
      name: 'negatives of another shape',
      shapes: [
        [2, 3],
        [2, 3],
        [2, 4],
      ],
      message: /"bottom2" is 2 x 4/,
      at: '"bottom2"',
    },
    { name: 'images', shapes: three(2, 3, 4, 4), message: /"bottom0" is 2 x 3 x 4 x 4/, at: '"bottom0"' },
    {
      name: 'a negative alpha',
      options: 'triplet_loss_param { alpha: -1 }',
      shapes: three(2, 3),
      message: /alpha must be at least 0/,
      at: '-1',
    },
  ]);
  testWarnings('TripletLoss', [
    {
      name: 'loss_param',
      options: 'loss_param { normalization: VALID }',
      shapes: [
        [4, 2],
        [4, 2],
        [4, 2],
      ],
      message: /loss_param has no effect/,
      at: 'loss_param',
    },
  ]);
});
