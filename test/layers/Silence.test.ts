import { testErrors } from './errors';
import { testGolden } from './golden-cases';

describe('Silence', () => {
  testGolden('Silence');
  testErrors('Silence', [{ name: 'a top', shapes: [[2]], message: /needs no top, but has 1/, at: '"top0"' }]);
});
