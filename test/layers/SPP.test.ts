import { SPP } from '../reference/SPP';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('SPP', () => {
  testGolden('SPP');
  testAgainstReference('SPP', [
    { name: 'three levels', options: 'spp_param { pyramid_height: 3 }', shapes: [[3, 2, 6, 8]], reference: SPP(3) },
    {
      name: 'averages',
      options: 'spp_param { pyramid_height: 2 pool: AVE }',
      shapes: [[17, 2, 5, 4]],
      reference: SPP(2, true),
    },
  ]);
  testErrors('SPP', [
    {
      name: 'more bins than pixels',
      options: 'spp_param { pyramid_height: 3 }',
      shapes: [[1, 1, 3, 8]],
      message: /\(1 x 1 x 3 x 8\) does not divide into 4 x 4 bins/,
      at: '3 }',
    },
    {
      name: 'stochastic pooling',
      options: 'spp_param { pyramid_height: 1 pool: STOCHASTIC }',
      shapes: [[1, 1, 3, 8]],
      message: /STOCHASTIC is not possible with the padding of bins/,
      at: 'STOCHASTIC',
    },
  ]);
});
