import { TripletLoss, TripletMining } from '../reference/TripletLoss';
import { labelled, testBatchErrors, testNothingToLearn } from './batch-cases';
import { testErrors, testWarnings } from './errors';
import { runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';

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
  testAgainstReference(
    'TripletLoss',
    (['HARD', 'SEMI_HARD', 'ALL'] as const).flatMap((mining) =>
      [
        { text: '', given: {} },
        { text: 'alpha: 0.3 plain_distance: true', given: { alpha: 0.3, plain: true } },
        { text: 'alpha: 0.2 normalize: true', given: { alpha: 0.2, normalize: true } },
      ].map(({ text, given }) => ({
        name: `mined ${mining} ${text}`,
        isLoss: true,
        gradients: [true, false],
        values: labelled(4),
        options: `triplet_loss_param { mining: ${mining} ${text} }`,
        shapes: [[17, 3], [17]],
        reference: TripletMining({ mining, ...given }),
        // d / dx of a distance is over d + 1e-4 here, as in ContrastiveLoss.
        ...(text.includes('plain') && { tolerance: 2e-3 }),
      })),
    ),
  );
  testThreads('TripletLoss', { name: 'large', isLoss: true, values: labelled(9), shapes: [[150, 70], [150]] });
  testNothingToLearn('TripletLoss', '', [0, 1, 2, 3]);
  testBatchErrors('TripletLoss');
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
      name: 'mining of triplets that are given',
      options: 'triplet_loss_param { mining: ALL }',
      shapes: three(4, 2),
      message: /mining has no effect on triplets that are given/,
      at: 'ALL',
    },
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
