import { SigmoidCrossEntropyLoss } from '../reference/SigmoidCrossEntropyLoss';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { type Random, testAgainstReference, testThreads } from './reference-cases';

const targets = (b: number, random: Random) => (b === 0 ? random() * 6 - 3 : random());
const classes = (b: number, random: Random) => (b === 0 ? random() * 6 - 3 : Math.floor(random() * 2));
const common = { isLoss: true, gradients: [true, false] };

describe('SigmoidCrossEntropyLoss', () => {
  testGolden('SigmoidCrossEntropyLoss');
  testAgainstReference('SigmoidCrossEntropyLoss', [
    {
      name: 'by batch size',
      ...common,
      shapes: [
        [17, 4],
        [17, 4],
      ],
      values: targets,
      reference: SigmoidCrossEntropyLoss(),
    },
    ...(['VALID', 'FULL', 'BATCH_SIZE', 'NONE'] as const).map((normalization) => ({
      name: `${normalization} with an ignored label`,
      ...common,
      options: `loss_param { ignore_label: 1 normalization: ${normalization} }`,
      shapes: [
        [4, 3, 2],
        [4, 3, 2],
      ],
      values: classes,
      reference: SigmoidCrossEntropyLoss({ normalization, ignored: 1 }),
    })),
  ]);
  testThreads('SigmoidCrossEntropyLoss', {
    name: 'large',
    isLoss: true,
    shapes: [
      [64, 300],
      [64, 300],
    ],
    values: targets,
  });
  testErrors('SigmoidCrossEntropyLoss', [
    {
      name: 'other counts',
      shapes: [
        [2, 3],
        [2, 4],
      ],
      message: /6 and 8/,
      at: '"bottom1"',
    },
  ]);
});
