import { MultinomialLogisticLoss } from '../reference/MultinomialLogisticLoss';
import { testErrors, testWarnings } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('MultinomialLogisticLoss', () => {
  testGolden('MultinomialLogisticLoss');
  testAgainstReference('MultinomialLogisticLoss', [
    {
      name: 'probabilities',
      isLoss: true,
      gradients: [true, false],
      shapes: [[17, 4], [17]],
      values: (b, random) => (b === 0 ? random() + 0.05 : Math.floor(random() * 4)),
      reference: MultinomialLogisticLoss(),
    },
  ]);
  testErrors('MultinomialLogisticLoss', [
    { name: 'too few labels', shapes: [[3, 2], [2]], message: /same batch size/, at: '"bottom1"' },
  ]);
  testWarnings('MultinomialLogisticLoss', [
    {
      name: 'loss_param',
      options: 'loss_param { normalization: VALID }',
      shapes: [[4, 2], [4]],
      message: /loss_param has no effect/,
      at: 'loss_param',
    },
  ]);
});
