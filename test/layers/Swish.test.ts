import { Swish } from '../reference/Swish';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Swish', () => {
  testGolden('Swish');
  testAgainstReference('Swish', [
    { name: 'beta 1', shapes: [[17, 3]], reference: Swish() },
    { name: 'another beta', options: 'swish_param { beta: -2 }', shapes: [[3, 4]], reference: Swish(-2) },
  ]);
});
