import { SupervisedContrastiveLoss as reference } from '../reference/SupervisedContrastiveLoss';
import { labelled, testBatchErrors, testNothingToLearn } from './batch-cases';
import { testErrors, testWarnings } from './errors';
import { runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';

const TYPE = 'SupervisedContrastiveLoss';
const options = (text: string) => `supervised_contrastive_loss_param { ${text} }`;
const common = { isLoss: true, gradients: [true, false], values: labelled(3) };

describe(TYPE, () => {
  testAgainstReference(TYPE, [
    { name: 'a batch', ...common, shapes: [[17, 4], [17]], reference: reference() },
    {
      name: 'temperature 1, 4-d encodings, labels N x 1',
      ...common,
      options: options('temperature: 1'),
      shapes: [
        [12, 3, 1, 1],
        [12, 1],
      ],
      reference: reference(1),
    },
    {
      name: 'not normalised',
      ...common,
      options: options('temperature: 0.5 normalize: false'),
      shapes: [[17, 4], [17]],
      reference: reference(0.5, false),
    },
    {
      name: 'many classes, so that some items are alone in theirs',
      ...common,
      values: labelled(12),
      shapes: [[17, 4], [17]],
      reference: reference(),
    },
  ]);
  testThreads(TYPE, { name: 'large', ...common, shapes: [[150, 70], [150]] });
  testNothingToLearn(TYPE, '', [0, 1, 2, 3]);

  // Worked by hand: two items of one class and one of another, at right angles, temperature 1. Both anchors see exp(1) of
  // their positive and exp(0) of the other: log(e + 1) - 1.
  it('is the softmax of the positive among all others', async () => {
    const bottoms = [
      { shape: [3, 2], data: [2, 0, 5, 0, 0, 3] },
      { shape: [3], data: [7, 7, 4] },
    ];
    const { loss } = await runLayer({ layer: `type: "${TYPE}" ${options('temperature: 1')}`, bottoms });
    expect(loss).toBeCloseTo(Math.log(Math.E + 1) - 1, 6);
  });
  it('stays finite for an encoding of zeros', async () => {
    const bottoms = [
      { shape: [3, 2], data: [0, 0, 1, 2, -1, 1] },
      { shape: [3], data: [0, 0, 1] },
    ];
    const run = await runLayer({ layer: `type: "${TYPE}"`, bottoms, topDiffs: [undefined] });
    expect(Number.isFinite(run.loss)).toBe(true);
    expect([...run.bottomDiffs[0]!].every(Number.isFinite)).toBe(true);
  });
  testBatchErrors(TYPE);
  testErrors(TYPE, [
    {
      name: 'temperature 0',
      options: options('temperature: 0'),
      shapes: [[4, 2], [4]],
      message: /temperature must be above 0/,
      at: '0 }',
    },
  ]);
  testWarnings(TYPE, [
    {
      name: 'loss_param',
      options: 'loss_param { normalization: VALID }',
      shapes: [[4, 2], [4]],
      message: /loss_param has no effect/,
      at: 'loss_param',
    },
  ]);
});
