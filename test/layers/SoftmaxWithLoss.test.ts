import { testGolden } from './golden-cases';

describe('SoftmaxWithLoss', () => {
  testGolden('SoftmaxWithLoss');
});
