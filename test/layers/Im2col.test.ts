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
    {
      name: 'one axis',
      options: 'convolution_param { kernel_size: 3 pad: 1 }',
      shapes: [[3, 2, 5]],
      reference: Im2col({ kernel: [3], pad: [1] }),
    },
    {
      name: 'three axes',
      options:
        'convolution_param { kernel_size: 2 kernel_size: 1 kernel_size: 3 stride: 2 stride: 1 stride: 1 pad: 1 }',
      shapes: [[2, 2, 3, 2, 4]],
      reference: Im2col({ kernel: [2, 1, 3], stride: [2, 1, 1], pad: [1, 1, 1] }),
    },
    {
      name: 'axes before the channels',
      options: 'convolution_param { kernel_size: 2 axis: -3 force_nd_im2col: true }',
      shapes: [[2, 3, 2, 3, 4]],
      reference: Im2col({ kernel: [2, 2] }, 2),
    },
    {
      name: 'a stride beyond the kernel',
      options: 'convolution_param { kernel_size: 1 stride: 3 }',
      shapes: [[2, 1, 5, 7]],
      reference: Im2col({ kernel: [1, 1], stride: [3, 3] }),
    },
  ]);
  testErrors('Im2col', [
    {
      name: 'a kernel larger than the image',
      options: 'convolution_param { kernel_size: 4 }',
      shapes: [[1, 1, 3, 3]],
      message: /kernel covers 4 along axis 2, more than the 3 of blob "bottom0" \(1 x 1 x 3 x 3\)/,
      at: 'convolution_param',
    },
    {
      name: 'an axis that does not exist',
      options: 'convolution_param { kernel_size: 1 axis: 2 }',
      shapes: [[1, 3]],
      message: /axis 2 does not exist in blob "bottom0" \(1 x 3\)/,
      at: '2 }',
    },
  ]);
});
