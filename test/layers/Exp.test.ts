import { Exp } from '../reference/Exp';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Exp', () => {
  testGolden('Exp');
  testAgainstReference('Exp', [
    { name: 'base e', shapes: [[17, 3]], reference: Exp() },
    {
      name: 'base 2, scaled and shifted, in place',
      options: 'exp_param { base: 2 scale: -0.5 shift: 1 }',
      shapes: [[3, 4]],
      reference: Exp(2, -0.5, 1),
      inPlace: true,
    },
    {
      name: 'base e, shifted',
      options: 'exp_param { shift: -1 scale: 2 }',
      shapes: [[5]],
      reference: Exp(Math.E, 2, -1),
    },
  ]);
  testErrors('Exp', [
    {
      name: 'a base of 0',
      options: 'exp_param { base: 0 }',
      shapes: [[2, 3]],
      message: /base must be above 0/,
      at: '0 }',
    },
  ]);
});
