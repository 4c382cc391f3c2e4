import { testGolden } from './golden-cases';

describe('EuclideanLoss', () => {
  testGolden('EuclideanLoss');
});
