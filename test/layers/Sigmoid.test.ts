import { Sigmoid } from '../reference/Sigmoid';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Sigmoid', () => {
  testGolden('Sigmoid');
  testAgainstReference('Sigmoid', [
    { name: 'padded rows', shapes: [[17, 3, 2]], reference: Sigmoid() },
    { name: 'in place', shapes: [[3, 4]], reference: Sigmoid(), inPlace: true },
  ]);
});
