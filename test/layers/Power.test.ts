import { testGolden } from './golden-cases';

describe('Power', () => {
  testGolden('Power');
});
