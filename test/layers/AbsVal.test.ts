import { AbsVal } from '../reference/AbsVal';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

/** Differences straddle the kink at 0: values keep away from it. */
const values = (_: number, random: () => number) => (random() + 0.1) * (random() < 0.5 ? -1 : 1);

describe('AbsVal', () => {
  testGolden('AbsVal');
  testAgainstReference('AbsVal', [{ name: 'padded rows', shapes: [[17, 3, 2]], reference: AbsVal(), values }]);
  testErrors('AbsVal', [
    { name: 'training in place', shapes: [[2, 3]], inPlace: true, message: /in place/, at: '"bottom0" type' },
  ]);
});
