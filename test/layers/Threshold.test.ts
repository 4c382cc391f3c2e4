import { Threshold } from '../reference/Threshold';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Threshold', () => {
  testGolden('Threshold');
  testAgainstReference('Threshold', [
    { name: 'at 0', shapes: [[17, 3]], reference: Threshold(), forwardOnly: true },
    {
      name: 'at a half, in place',
      options: 'threshold_param { threshold: 0.5 }',
      shapes: [[3, 4]],
      reference: Threshold(0.5),
      forwardOnly: true,
      inPlace: true,
    },
  ]);
});
