import { testGolden } from './golden-cases';

describe('Eltwise', () => {
  testGolden('Eltwise');
});
