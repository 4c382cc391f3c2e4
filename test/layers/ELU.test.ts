import { ELU } from '../reference/ELU';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

/** Differences straddle the kink at 0: values keep away from it. */
const values = (_: number, random: () => number) => (random() + 0.1) * (random() < 0.5 ? -1 : 1);

describe('ELU', () => {
  testGolden('ELU');
  testAgainstReference('ELU', [
    { name: 'padded rows', shapes: [[17, 3, 2]], reference: ELU(), values },
    {
      name: 'an alpha in place',
      options: 'elu_param { alpha: 0.3 }',
      shapes: [[3, 4]],
      reference: ELU(0.3),
      values,
      inPlace: true,
    },
    { name: 'a negative alpha', options: 'elu_param { alpha: -0.5 }', shapes: [[3, 4]], reference: ELU(-0.5), values },
  ]);
});
