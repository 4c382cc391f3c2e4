import { PReLU } from '../reference/PReLU';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference, testThreads } from './reference-cases';

/** Differences straddle the kink at 0: values keep away from it. */
const values = (_: number, random: () => number) => (random() + 0.1) * (random() < 0.5 ? -1 : 1);

describe('PReLU', () => {
  testGolden('PReLU');
  testAgainstReference('PReLU', [
    { name: 'images', shapes: [[17, 3, 2, 2]], params: [[3]], values, reference: PReLU() },
    { name: 'in place', shapes: [[3, 4]], params: [[4]], values, reference: PReLU(), inPlace: true },
    {
      name: 'one slope for all channels',
      options: 'prelu_param { channel_shared: true }',
      shapes: [[5, 3, 2]],
      params: [[]],
      values,
      reference: PReLU(),
    },
  ]);
  testThreads('PReLU', { name: 'large', shapes: [[64, 20, 17]], params: [[20]] });
  testErrors('PReLU', [
    { name: 'a blob without channels', shapes: [[3]], message: /"bottom0" is 3, but needs channels/ },
  ]);
});
