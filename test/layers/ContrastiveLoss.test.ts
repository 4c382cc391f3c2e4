import { testGolden } from './golden-cases';

describe('ContrastiveLoss', () => {
  testGolden('ContrastiveLoss');
});
