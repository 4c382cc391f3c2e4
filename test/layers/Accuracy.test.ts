import { testGolden } from './golden-cases';

describe('Accuracy', () => {
  testGolden('Accuracy');
});
