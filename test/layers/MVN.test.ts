import { MVN } from '../reference/MVN';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('MVN', () => {
  testGolden('MVN');
  testAgainstReference('MVN', [
    { name: 'channels', shapes: [[17, 2, 3, 2]], reference: MVN() },
    {
      name: 'images, with an eps',
      options: 'mvn_param { across_channels: true eps: 0.01 }',
      shapes: [[3, 2, 4]],
      reference: MVN({ across: true, eps: 0.01 }),
    },
    {
      name: 'the mean only',
      options: 'mvn_param { normalize_variance: false }',
      shapes: [[3, 2, 4]],
      reference: MVN({ scales: false }),
    },
  ]);
});
