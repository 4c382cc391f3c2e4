import { testGolden } from './golden-cases';

describe('Slice', () => {
  testGolden('Slice');
});
