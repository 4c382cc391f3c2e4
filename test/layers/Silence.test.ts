import { testGolden } from './golden-cases';

describe('Silence', () => {
  testGolden('Silence');
});
