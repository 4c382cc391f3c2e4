import { Split } from '../reference/Split';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testAgainstReference } from './reference-cases';

describe('Split', () => {
  testGolden('Split');
  testAgainstReference('Split', [
    { name: 'two readers', shapes: [[17, 3, 2]], tops: 2, reference: Split(2) },
    { name: 'five readers of a vector', shapes: [[4]], tops: 5, reference: Split(5) },
  ]);
  it('sums the gradients that there are', async () => {
    const { bottomDiffs } = await runLayer({
      layer: 'type: "Split"',
      bottoms: [{ shape: [2], data: [1, 2] }],
      tops: 3,
      topDiffs: [undefined, [1, 2], [30, 40]],
    });
    expect([...bottomDiffs[0]!]).toEqual([31, 42]);
  });
});
