import { Concat } from '../reference/Concat';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Concat', () => {
  testGolden('Concat');
  testAgainstReference('Concat', [
    {
      name: 'channels',
      shapes: [
        [17, 2, 3],
        [17, 1, 3],
      ],
      reference: Concat(),
    },
    { name: 'one bottom', shapes: [[3, 2]], reference: Concat() },
    {
      name: 'the batch',
      options: 'concat_param { axis: 0 }',
      shapes: [
        [2, 3],
        [1, 3],
        [3, 3],
      ],
      reference: Concat(0),
    },
    {
      name: 'the last axis',
      options: 'concat_param { axis: -1 }',
      shapes: [
        [2, 2, 3],
        [2, 2, 1],
      ],
      reference: Concat(2),
    },
    {
      name: 'a bottom without gradient',
      gradients: [true, false],
      shapes: [
        [2, 3],
        [2, 1],
      ],
      reference: Concat(),
    },
  ]);
  testErrors('Concat', [
    {
      name: 'other heights',
      shapes: [
        [2, 3, 4],
        [2, 3, 5],
      ],
      message: /"bottom1" \(2 x 3 x 5\) does not fit "bottom0" \(2 x 3 x 4\): all axes but 1/,
      at: '"bottom1"',
    },
    {
      name: 'an axis and another concat_dim',
      options: 'concat_param { axis: 0 concat_dim: 1 }',
      shapes: [[2, 4]],
      message: /axis 0 and concat_dim 1 name different axes/,
      at: '0 concat_dim',
    },
  ]);
});
