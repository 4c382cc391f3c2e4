import { Crop } from '../reference/Crop';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Crop', () => {
  testGolden('Crop');
  testAgainstReference('Crop', [
    {
      name: 'images, an offset an axis',
      options: 'crop_param { offset: 1 offset: 2 }',
      gradients: [true, false],
      shapes: [
        [17, 2, 4, 5],
        [1, 9, 3, 2],
      ],
      reference: Crop([17, 2, 3, 2], [0, 0, 1, 2]),
    },
    {
      name: 'items too',
      options: 'crop_param { axis: 0 offset: 1 }',
      gradients: [true, false],
      shapes: [
        [4, 3],
        [2, 1],
      ],
      reference: Crop([2, 1], [1, 1]),
    },
  ]);
  testErrors('Crop', [
    {
      name: 'an offset too far',
      options: 'crop_param { axis: 1 offset: 2 }',
      shapes: [
        [2, 3],
        [2, 2],
      ],
      message: /axis 1 of "bottom0" \(2 x 3\) has no 2 elements from 2 on/,
      at: '2 }',
    },
    {
      name: 'three offsets for two axes',
      options: 'crop_param { axis: 0 offset: 1 offset: 1 offset: 1 }',
      shapes: [
        [2, 3],
        [1, 2],
      ],
      message: /3 offset for 2 cropped axes/,
      at: '1 offset',
    },
  ]);
});
