import { Im2col } from '../reference/Im2col';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Im2col', () => {
  testGolden('Im2col');
  testAgainstReference('Im2col', [
    {
      name: 'windows',
      options: 'convolution_param { kernel_size: 2 }',
      shapes: [[17, 2, 3, 4]],
      reference: Im2col({ kernel: [2, 2] }),
    },
    {
      name: 'stride, pad and dilation',
      options: 'convolution_param { kernel_h: 2 kernel_w: 3 stride: 2 pad_h: 1 pad_w: 2 dilation: 2 }',
      shapes: [[2, 2, 6, 5]],
      reference: Im2col({ kernel: [2, 3], stride: [2, 2], pad: [1, 2], dilation: [2, 2] }),
    },
  ]);
  testErrors('Im2col', [
    {
      name: 'a kernel larger than the image',
      options: 'convolution_param { kernel_size: 4 }',
      shapes: [[1, 1, 3, 3]],
      message: /kernel is larger than blob "bottom0" \(1 x 1 x 3 x 3\)/,
    },
    {
      name: 'vectors',
      options: 'convolution_param { kernel_size: 1 }',
      shapes: [[1, 3]],
      message: /"bottom0" is 1 x 3/,
      at: '"bottom0"',
    },
  ]);
});
