import { MultiSimilarityLoss as reference } from '../reference/MultiSimilarityLoss';
import { labelled, testBatchErrors, testNothingToLearn } from './batch-cases';
import { testErrors } from './errors';
import { testAgainstReference, testThreads } from './reference-cases';

const TYPE = 'MultiSimilarityLoss';
const options = (text: string) => `multi_similarity_loss_param { ${text} }`;
const common = { isLoss: true, gradients: [true, false], values: labelled(3), shapes: [[17, 4], [17]] };

describe(TYPE, () => {
  testAgainstReference(TYPE, [
    { name: 'a batch', ...common, reference: reference() },
    { name: 'all pairs', ...common, options: options('epsilon: -1'), reference: reference({ epsilon: -1 }) },
    {
      name: 'other constants',
      ...common,
      options: options('alpha: 1 beta: 10 lambda: 0.2 epsilon: 0.3'),
      reference: reference({ alpha: 1, beta: 10, lambda: 0.2, epsilon: 0.3 }),
    },
    {
      name: 'not normalised',
      ...common,
      options: options('beta: 3 lambda: 1 normalize: false'),
      reference: reference({ beta: 3, lambda: 1, normalize: false }),
    },
  ]);
  testThreads(TYPE, { name: 'large', ...common, shapes: [[150, 70], [150]] });
  testNothingToLearn(TYPE, '', [0, 1, 2, 3]);
  testBatchErrors(TYPE);
  testErrors(TYPE, [
    { name: 'beta 0', options: options('beta: 0'), shapes: [[4, 2], [4]], message: /beta must be above 0/, at: '0 }' },
  ]);
});
