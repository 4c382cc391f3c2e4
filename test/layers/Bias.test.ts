import { Bias } from '../reference/Bias';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Bias', () => {
  testGolden('Bias');
  testAgainstReference('Bias', [
    { name: 'channels', shapes: [[17, 3, 2, 2]], params: [[3]], reference: Bias() },
    { name: 'in place', shapes: [[4, 3]], params: [[3]], reference: Bias(), inPlace: true },
    {
      name: 'all axes from one on',
      options: 'bias_param { axis: 1 num_axes: -1 }',
      shapes: [[4, 3, 2]],
      params: [[3, 2]],
      reference: Bias(),
    },
    { name: 'a second bottom', options: 'bias_param { axis: 0 }', shapes: [[4, 3, 2], [4]], reference: Bias(0) },
  ]);
  testErrors('Bias', [
    {
      name: 'a second bottom of another shape',
      shapes: [
        [2, 3],
        [2, 3],
      ],
      message: /2 axes from axis 1 on reach beyond/,
      at: '"bottom1"',
    },
  ]);
});
