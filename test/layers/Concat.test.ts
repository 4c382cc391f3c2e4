import { testGolden } from './golden-cases';

describe('Concat', () => {
  testGolden('Concat');
});
