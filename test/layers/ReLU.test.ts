import { testGolden } from './golden-cases';

describe('ReLU', () => {
  testGolden('ReLU');
});
