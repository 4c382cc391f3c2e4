import { Slice } from '../reference/Slice';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testAgainstReference } from './reference-cases';

describe('Slice', () => {
  testGolden('Slice');
  testAgainstReference('Slice', [
    { name: 'channels', shapes: [[17, 2, 3]], tops: 2, reference: Slice(1, [1, 1]) },
    {
      name: 'unequal parts',
      options: 'slice_param { slice_point: 3 }',
      shapes: [[2, 5]],
      tops: 2,
      reference: Slice(1, [3, 2]),
    },
    {
      name: 'the batch',
      options: 'slice_param { axis: 0 }',
      shapes: [[6, 2, 2]],
      tops: 3,
      reference: Slice(0, [2, 2, 2]),
    },
    {
      name: 'the last axis',
      options: 'slice_param { axis: -1 }',
      shapes: [[3, 2, 4]],
      tops: 2,
      reference: Slice(2, [2, 2]),
    },
    { name: 'one top', shapes: [[3, 2]], reference: Slice(1, [2]) },
    {
      name: 'axis and slice_dim that agree, as MyCaffe writes them',
      options: 'slice_param { axis: 1 slice_point: 1 slice_dim: 1 }',
      shapes: [[4, 2, 3]],
      tops: 2,
      reference: Slice(1, [1, 1]),
    },
  ]);

  it('gives 0 for a part whose top has no gradient', async () => {
    const { bottomDiffs } = await runLayer({
      layer: 'type: "Slice"',
      bottoms: [{ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }],
      tops: 3,
      topDiffs: [[7, 8], undefined, [9, 10]],
    });
    expect([...bottomDiffs[0]!]).toEqual([7, 0, 9, 8, 0, 10]);
  });

  testErrors('Slice', [
    {
      name: 'parts that are not equal',
      shapes: [[2, 5]],
      tops: 2,
      message: /\(2 x 5\) does not divide into 2/,
      at: '"top0"',
    },
    {
      name: 'too many points',
      options: 'slice_param { slice_point: 1 slice_point: 2 }',
      shapes: [[2, 5]],
      tops: 2,
      message: /2 tops need 1 slice_point, not 2/,
      at: '1 slice_point',
    },
    {
      name: 'points out of order',
      options: 'slice_param { slice_point: 3 slice_point: 2 }',
      shapes: [[2, 5]],
      tops: 3,
      message: /slice_point 2 is out of order/,
      at: '2 }',
    },
    {
      name: 'a point at the end',
      options: 'slice_param { slice_point: 5 }',
      shapes: [[2, 5]],
      tops: 2,
      message: /slice_point 5 is out of order or range: they must rise between 0 and 5/,
      at: '5 }',
    },
    {
      name: 'an axis and another slice_dim',
      options: 'slice_param { axis: 0 slice_dim: 1 }',
      shapes: [[2, 4]],
      tops: 2,
      message: /axis 0 and slice_dim 1 name different axes/,
      at: '0 slice_dim',
    },
    {
      name: 'an axis that does not exist',
      options: 'slice_param { axis: -3 }',
      shapes: [[2, 4]],
      tops: 2,
      message: /axis -3 does not exist/,
      at: '-3',
    },
  ]);
});
