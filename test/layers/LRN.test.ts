import { LRN } from '../reference/LRN';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('LRN', () => {
  testGolden('LRN');
  testAgainstReference('LRN', [
    { name: 'fewer channels than the window', shapes: [[3, 2, 2, 1]], reference: LRN() },
    {
      name: 'across channels',
      options: 'lrn_param { local_size: 3 alpha: 0.5 beta: 1.2 k: 2 }',
      shapes: [[2, 6, 2, 2]],
      reference: LRN({ size: 3, alpha: 0.5, beta: 1.2, k: 2 }),
    },
    {
      name: 'within a channel, where k does not count',
      options: 'lrn_param { local_size: 3 alpha: 2 k: 5 norm_region: WITHIN_CHANNEL }',
      shapes: [[2, 2, 4, 3]],
      reference: LRN({ size: 3, alpha: 2, within: true }),
    },
  ]);
  testErrors('LRN', [
    { name: 'vectors', shapes: [[2, 3]], message: /"bottom0" is 2 x 3, but must be N x C x H x W/, at: '"bottom0"' },
    {
      name: 'an even window',
      options: 'lrn_param { local_size: 4 }',
      shapes: [[2, 3, 4, 4]],
      message: /local_size must be odd, not 4/,
      at: '4 }',
    },
  ]);
});
