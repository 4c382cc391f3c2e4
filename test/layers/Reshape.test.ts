import { testGolden } from './golden-cases';

describe('Reshape', () => {
  testGolden('Reshape');
});
