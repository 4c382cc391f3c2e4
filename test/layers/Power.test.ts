import { Power } from '../reference/Power';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

const positive = (_: number, random: () => number) => random() + 0.2;

describe('Power', () => {
  testGolden('Power');
  testAgainstReference('Power', [
    { name: 'the identity', shapes: [[3, 4]], reference: Power() },
    {
      name: 'a linear map in place',
      options: 'power_param { scale: 2 shift: 1 }',
      shapes: [[17, 4]],
      reference: Power(1, 2, 1),
      inPlace: true,
    },
    {
      name: 'a square',
      options: 'power_param { power: 2 shift: -1 }',
      shapes: [[2, 3, 2]],
      reference: Power(2, 1, -1),
    },
    {
      name: 'a square root',
      options: 'power_param { power: 0.5 scale: 3 }',
      shapes: [[5]],
      reference: Power(0.5, 3),
      values: positive,
    },
    {
      name: 'an inverse',
      options: 'power_param { power: -1 shift: 0.5 }',
      shapes: [[5, 2]],
      reference: Power(-1, 1, 0.5),
      values: positive,
    },
    {
      name: 'a constant',
      options: 'power_param { power: 0 scale: 3 shift: 1 }',
      shapes: [[5, 2]],
      reference: Power(0, 3, 1),
    },
    {
      name: 'a cube at 0, where Caffe divides 0 by 0',
      options: 'power_param { power: 3 }',
      shapes: [[4]],
      reference: Power(3),
      values: (_, __, i) => i,
      // The difference quotient of x^3 at 0 is step^2, not 0.
      tolerance: 1e-4,
    },
  ]);
  testErrors('Power', [
    {
      name: 'training in place when the gradient needs x',
      options: 'power_param { power: 2 }',
      shapes: [[2, 3]],
      inPlace: true,
      message: /"bottom0".*in place/,
      at: '"bottom0" type',
    },
  ]);
});
