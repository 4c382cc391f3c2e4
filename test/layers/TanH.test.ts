import { TanH } from '../reference/TanH';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('TanH', () => {
  testGolden('TanH');
  testAgainstReference('TanH', [
    { name: 'padded rows', shapes: [[17, 3, 2]], reference: TanH() },
    { name: 'in place', shapes: [[3, 4]], reference: TanH(), inPlace: true },
  ]);
});
