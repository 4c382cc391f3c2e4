import { Deconvolution } from '../reference/Deconvolution';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference, testThreads } from './reference-cases';

describe('Deconvolution', () => {
  testGolden('Deconvolution');
  testAgainstReference('Deconvolution', [
    {
      name: 'a kernel with a bias',
      options: 'convolution_param { num_output: 2 kernel_size: 3 }',
      shapes: [[17, 3, 2, 3]],
      params: [[3, 2, 3, 3], [2]],
      reference: Deconvolution(2, { kernel: [3, 3] }),
    },
    {
      name: 'stride, pad, dilation and groups, no bias',
      options:
        'convolution_param { num_output: 4 kernel_h: 3 kernel_w: 2 stride: 2 pad: 1 dilation: 2 group: 2 bias_term: false }',
      shapes: [[2, 4, 3, 2]],
      params: [[4, 2, 3, 2]],
      reference: Deconvolution(4, { kernel: [3, 2], stride: [2, 2], pad: [1, 1], dilation: [2, 2] }, 2),
    },
  ]);
  testThreads('Deconvolution', {
    name: 'large',
    options: 'convolution_param { num_output: 3 kernel_size: 2 }',
    shapes: [[16, 2, 20, 20]],
    params: [[2, 3, 2, 2], [3]],
  });
  testErrors('Deconvolution', [
    {
      name: 'a pad that leaves nothing',
      options: 'convolution_param { num_output: 2 kernel_size: 2 pad: 2 }',
      shapes: [[1, 1, 2, 2]],
      message: /pad 2 leaves nothing/,
      at: 'convolution_param',
    },
    {
      name: 'a group that does not divide',
      options: 'convolution_param { num_output: 3 kernel_size: 2 group: 2 }',
      shapes: [[1, 2, 2, 2]],
      message: /group 2 does not divide the 2 channels and the 3 outputs/,
      at: '2 }',
    },
    {
      name: 'vectors',
      options: 'convolution_param { num_output: 3 kernel_size: 2 }',
      shapes: [[1, 2]],
      message: /must be N x C x H x W/,
      at: '"bottom0"',
    },
  ]);
});
