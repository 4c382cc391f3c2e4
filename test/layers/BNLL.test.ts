import { BNLL } from '../reference/BNLL';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('BNLL', () => {
  testGolden('BNLL');
  testAgainstReference('BNLL', [
    { name: 'padded rows', shapes: [[17, 3, 2]], reference: BNLL() },
    { name: 'far from 0', shapes: [[4]], reference: BNLL(), values: (_, __, i) => [-40, -10, 10, 40][i]! },
  ]);
});
