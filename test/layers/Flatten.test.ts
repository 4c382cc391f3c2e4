import { Flatten } from '../reference/Flatten';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Flatten', () => {
  testGolden('Flatten');
  testAgainstReference('Flatten', [
    { name: 'images', shapes: [[17, 4, 3, 2]], reference: Flatten([17, 24]) },
    {
      name: 'some axes',
      options: 'flatten_param { axis: -3 end_axis: -2 }',
      shapes: [[3, 4, 2, 2]],
      reference: Flatten([3, 8, 2]),
    },
    {
      name: 'the batch too',
      options: 'flatten_param { axis: 0 end_axis: 1 }',
      shapes: [[3, 4, 2]],
      reference: Flatten([12, 2]),
    },
  ]);
  testErrors('Flatten', [
    {
      name: 'an end before the beginning',
      options: 'flatten_param { axis: 2 end_axis: 1 }',
      shapes: [[3, 4, 2]],
      message: /end_axis 1 comes before axis 2/,
      at: '1 }',
    },
  ]);
});
