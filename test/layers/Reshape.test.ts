import { Reshape } from '../reference/Reshape';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

const to = (...dims: number[]) => `reshape_param { shape { ${dims.map((dim) => `dim: ${dim}`).join(' ')} } }`;

describe('Reshape', () => {
  testGolden('Reshape');
  testAgainstReference('Reshape', [
    { name: 'the batch stays', options: to(0, 2, -1), shapes: [[17, 4, 3]], reference: Reshape([17, 2, 6]) },
    { name: 'the batch goes', options: to(-1, 2), shapes: [[3, 4, 2]], reference: Reshape([12, 2]) },
    { name: 'into one axis', options: to(-1), shapes: [[3, 4]], reference: Reshape([12]) },
    {
      name: 'an inserted axis',
      options: 'reshape_param { shape { dim: 1 } axis: 1 num_axes: 0 }',
      shapes: [[3, 4]],
      reference: Reshape([3, 1, 4]),
    },
    {
      name: 'a negative axis',
      options: 'reshape_param { shape { dim: 2 dim: 2 } axis: -2 num_axes: 1 }',
      shapes: [[3, 4]],
      reference: Reshape([3, 2, 2]),
    },
    { name: 'in place of nothing', options: to(0, 0), shapes: [[3, 4]], reference: Reshape([3, 4]) },
  ]);
  testErrors('Reshape', [
    {
      name: 'a shape that does not fit',
      options: to(3, 5),
      shapes: [[3, 4]],
      message: /has 12 elements/,
      at: 'shape { dim: 3 dim: 5',
    },
    {
      name: 'a rest that is no whole number',
      options: to(5, -1),
      shapes: [[3, 4]],
      message: /has 12/,
      at: 'shape { dim: 5',
    },
    {
      name: 'two rests',
      options: to(-1, -1),
      shapes: [[3, 4]],
      message: /only one dimension may be -1/,
      at: 'shape { dim: -1',
    },
    {
      name: 'a copy of nothing',
      options: to(0, 0, 0),
      shapes: [[3, 4]],
      message: /0 copies axis 2, which does not exist/,
      at: '0 } } }',
    },
    {
      name: 'axes beyond the blob',
      options: 'reshape_param { axis: 1 num_axes: 2 }',
      shapes: [[3, 4]],
      message: /num_axes 2 from axis 1 on reaches beyond/,
      at: '2 }',
    },
  ]);
});
