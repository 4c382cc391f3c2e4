import { testGolden } from './golden-cases';

describe('Flatten', () => {
  testGolden('Flatten');
});
