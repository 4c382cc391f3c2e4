import { testGolden } from './golden-cases';

describe('Softmax', () => {
  testGolden('Softmax');
});
