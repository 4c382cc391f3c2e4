import { Clip } from '../reference/Clip';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

/** Differences straddle the kinks at the bounds: values keep away from them. */
const values = (_: number, __: unknown, i: number) => [-2, -0.6, -0.4, 0, 0.9, 1.1][i % 6]!;

describe('Clip', () => {
  testGolden('Clip');
  testAgainstReference('Clip', [
    {
      name: 'two bounds',
      options: 'clip_param { min: -0.5 max: 1 }',
      shapes: [[17, 6]],
      reference: Clip(-0.5, 1),
      values,
    },
  ]);
  testErrors('Clip', [
    {
      name: 'bounds the wrong way round',
      options: 'clip_param { min: 1 max: 0 }',
      shapes: [[2, 3]],
      message: /min 1 is above max 0/,
      at: 'clip_param',
    },
  ]);
});
