import { Log } from '../reference/Log';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

const values = (_: number, random: () => number) => random() + 0.2;

describe('Log', () => {
  testGolden('Log');
  testAgainstReference('Log', [
    { name: 'base e', shapes: [[17, 3]], reference: Log(), values },
    {
      name: 'base 10, scaled and shifted',
      options: 'log_param { base: 10 scale: 3 shift: 0.5 }',
      shapes: [[3, 4]],
      reference: Log(10, 3, 0.5),
      values,
    },
  ]);
  testErrors('Log', [
    {
      name: 'a base of 1',
      options: 'log_param { base: 1 }',
      shapes: [[2, 3]],
      message: /base must be above 0 and not 1/,
      at: '1 }',
    },
    { name: 'training in place', shapes: [[2, 3]], inPlace: true, message: /in place/, at: '"bottom0" type' },
  ]);
});
