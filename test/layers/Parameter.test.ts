import { Parameter } from '../reference/Parameter';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Parameter', () => {
  testGolden('Parameter');
  testAgainstReference('Parameter', [
    {
      name: 'a blob of three axes',
      options: 'parameter_param { shape { dim: 17 dim: 2 dim: 3 } }',
      shapes: [],
      params: [[17, 2, 3]],
      reference: Parameter(),
    },
  ]);
  testErrors('Parameter', [{ name: 'no shape', shapes: [], message: /needs a shape/ }]);
});
