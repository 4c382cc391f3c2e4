import { Scale } from '../reference/Scale';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference, testThreads } from './reference-cases';

describe('Scale', () => {
  testGolden('Scale');
  testAgainstReference('Scale', [
    { name: 'channels', shapes: [[17, 3, 2, 2]], params: [[3]], reference: Scale() },
    {
      name: 'with a bias, in place',
      options: 'scale_param { bias_term: true }',
      shapes: [[4, 3, 2]],
      params: [[3], [3]],
      reference: Scale(1, true),
      inPlace: true,
    },
    {
      name: 'the last axis',
      options: 'scale_param { axis: -1 }',
      shapes: [[4, 3, 2]],
      params: [[2]],
      reference: Scale(2),
    },
    {
      name: 'items',
      options: 'scale_param { axis: 0 }',
      shapes: [[4, 3]],
      params: [[4]],
      reference: Scale(0),
    },
    {
      name: 'a second bottom and a bias',
      options: 'scale_param { axis: 0 bias_term: true }',
      shapes: [
        [4, 3, 2],
        [4, 3],
      ],
      params: [[4, 3]],
      reference: Scale(0, true),
    },
    { name: 'a scalar', options: 'scale_param { axis: 2 }', shapes: [[4, 3], []], reference: Scale(0) },
  ]);
  testThreads('Scale', { name: 'large', shapes: [[64, 20, 17]], params: [[20]] });
  testErrors('Scale', [
    {
      name: 'axes beyond the blob',
      options: 'scale_param { axis: 1 num_axes: 2 }',
      shapes: [[2, 3]],
      message: /2 axes from axis 1 on reach beyond blob "bottom0" \(2 x 3\)/,
      at: '2 }',
    },
    {
      name: 'a second bottom of another shape',
      shapes: [[2, 3], [4]],
      message: /"bottom1" is 4, but the axes of "bottom0" \(2 x 3\) from axis 1 on are 3/,
      at: '"bottom1"',
    },
    {
      name: 'an unknown filler',
      options: 'scale_param { filler { type: "xavir" } }',
      shapes: [[2, 3]],
      message: /unknown filler "xavir"/,
      at: '"xavir"',
    },
  ]);
});
