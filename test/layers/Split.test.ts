import { testGolden } from './golden-cases';

describe('Split', () => {
  testGolden('Split');
});
