import { HingeLoss } from '../reference/HingeLoss';
import { testErrors, testWarnings } from './errors';
import { testGolden } from './golden-cases';
import { openLayer } from './harness';
import { type Random, testAgainstReference } from './reference-cases';

/** Differences straddle the kinks at -1 and 1: values keep away from them. */
const values = (b: number, random: Random) =>
  b === 0 ? [-1.5, -0.7, 0.2, 1.3][Math.floor(random() * 4)]! : Math.floor(random() * 4);
const common = { isLoss: true, gradients: [true, false] };

describe('HingeLoss', () => {
  testGolden('HingeLoss');
  testAgainstReference('HingeLoss', [
    { name: 'L1', ...common, shapes: [[17, 4], [17]], values, reference: HingeLoss() },
    {
      name: 'L2',
      ...common,
      options: 'hinge_loss_param { norm: L2 }',
      shapes: [
        [6, 2, 2],
        [6, 1],
      ],
      values,
      reference: HingeLoss(true),
    },
  ]);
  it('refuses a label out of range', async () => {
    const bottoms = [
      { shape: [1, 2], data: [0, 0] },
      { shape: [1], data: [2] },
    ];
    const layer = openLayer({ layer: 'type: "HingeLoss"', bottoms });
    await expect(layer.run()).rejects.toMatchObject({ code: 'data', message: /label 2 of item 0 is outside \[0, 2\)/ });
    layer.engine.dispose();
  });
  testErrors('HingeLoss', [
    {
      name: 'two labels an item',
      shapes: [
        [3, 2],
        [3, 2],
      ],
      message: /has 6 labels for the 3 items/,
      at: '"bottom1"',
    },
  ]);
  testWarnings('HingeLoss', [
    {
      name: 'loss_param',
      options: 'loss_param { normalization: VALID }',
      shapes: [[4, 2], [4]],
      message: /loss_param has no effect/,
      at: 'loss_param',
    },
  ]);
});
