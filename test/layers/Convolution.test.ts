import { Convolution, type ConvolutionOptions } from '../reference/Convolution';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testLarge } from './large-cases';
import { testAgainstReference, testThreads } from './reference-cases';

/** A case from a bottom's shape and options: the prototxt, the shapes of the parameters and the reference agree. */
function conv(
  name: string,
  shape: number[],
  outputs: number,
  o: ConvolutionOptions & { bias?: boolean; extra?: string },
) {
  const list = (field: string, values: number[] | undefined) => (values ?? []).map((v) => `${field}: ${v}`).join(' ');
  const options =
    `convolution_param { num_output: ${outputs} group: ${o.group ?? 1} bias_term: ${o.bias ?? true} ` +
    `${list('kernel_size', o.kernel)} ${list('stride', o.stride)} ${list('pad', o.pad)} ${list('dilation', o.dilation)} ${o.extra ?? ''} }`;
  const weights = [outputs, shape[1]! / (o.group ?? 1), ...o.kernel];
  return {
    name,
    options,
    shapes: [shape],
    params: o.bias === false ? [weights] : [weights, [outputs]],
    reference: Convolution(o),
  };
}

describe('Convolution', () => {
  testGolden('Convolution');

  testAgainstReference('Convolution', [
    conv('one channel', [3, 1, 6, 5], 4, { kernel: [3, 3] }),
    conv('a batch that leaves a part of a vector', [17, 2, 3, 3], 2, { kernel: [2, 3], pad: [1, 1] }),
    conv('stride and padding that differ by axis', [2, 3, 7, 8], 2, { kernel: [3, 2], stride: [2, 3], pad: [1, 0] }),
    conv('dilation', [2, 2, 7, 9], 2, { kernel: [2, 3], dilation: [3, 2], pad: [1, 2] }),
    conv('dilation and stride', [2, 4, 9, 9], 2, { kernel: [3, 3], dilation: [2, 2], stride: [3, 2], pad: [2, 2] }),
    conv('a stride beyond the kernel', [2, 4, 8, 8], 2, { kernel: [2, 2], stride: [3, 3], pad: [1, 1] }),
    conv('a kernel larger than the image', [2, 4, 3, 3], 2, { kernel: [7, 7], pad: [3, 3] }),
    conv('groups', [3, 6, 4, 4], 4, { kernel: [3, 3], group: 2, pad: [1, 1] }),
    conv('depthwise', [3, 4, 4, 4], 8, { kernel: [3, 3], group: 4 }),
    conv('no bias', [2, 5, 4, 4], 3, { kernel: [2, 2], bias: false }),
    conv('1 x 1', [2, 5, 3, 4], 7, { kernel: [1, 1] }),
    conv('1 x 1 with stride', [2, 5, 5, 4], 3, { kernel: [1, 1], stride: [2, 2] }),
    conv('one axis', [3, 4, 9], 3, { kernel: [3], pad: [1], stride: [2] }),
    conv('three spatial axes', [2, 2, 4, 3, 5], 3, {
      kernel: [2, 2, 3],
      stride: [1, 2, 1],
      pad: [0, 1, 1],
      dilation: [1, 1, 2],
    }),
    conv('force_nd_im2col', [2, 3, 5, 5], 2, { kernel: [3, 3], extra: 'force_nd_im2col: true' }),
    conv('an image', [1, 1, 8, 8], 5, { kernel: [3, 3] }),
  ]);

  testLarge('Convolution', [
    conv('conv1 of LeNet', [20, 1, 12, 12], 20, { kernel: [5, 5] }),
    conv('conv2 of LeNet', [18, 20, 6, 6], 50, { kernel: [5, 5] }),
    { ...conv('three threads', [33, 7, 6, 6], 23, { kernel: [3, 3], pad: [1, 1] }), threads: 3 },
    conv('more channels than stay in a cache', [2, 300, 4, 4], 14, { kernel: [3, 3], pad: [1, 1] }),
    conv('eleven by eleven, stride four', [2, 3, 31, 31], 16, { kernel: [11, 11], stride: [4, 4] }),
    conv('seven by seven with padding', [3, 3, 20, 20], 13, { kernel: [7, 7], stride: [2, 2], pad: [3, 3] }),
    conv('many groups', [16, 32, 6, 6], 32, { kernel: [3, 3], group: 8, pad: [1, 1] }),
    conv('a batch longer than a chunk', [1100, 1, 4, 4], 3, { kernel: [2, 2] }),
    conv('channels side by side', [5, 48, 7, 6], 26, { kernel: [3, 3], pad: [1, 1] }),
    conv('channels side by side, stride and dilation', [3, 31, 11, 12], 17, {
      kernel: [3, 2],
      stride: [2, 3],
      pad: [2, 1],
      dilation: [2, 1],
    }),
    conv('channels side by side, groups', [40, 30, 5, 5], 20, { kernel: [2, 2], group: 2, pad: [1, 1] }),
    conv('channels side by side, lines longer than a chunk', [33, 16, 3, 20], 8, { kernel: [2, 4], pad: [0, 2] }),
    conv('channels side by side, one axis', [4, 16, 40], 9, { kernel: [5], stride: [2], pad: [2] }),
    conv('channels side by side, more taps than one task sums', [2, 13, 15, 15], 12, { kernel: [14, 14], pad: [4, 3] }),
    conv('1 x 1 of many channels', [9, 130, 3, 3], 70, { kernel: [1, 1] }),
    conv('1 x 1 of many channels, stride and padding', [3, 60, 5, 6], 62, {
      kernel: [1, 1],
      stride: [2, 3],
      pad: [1, 2],
    }),
    conv('1 x 1 of many channels and images', [37, 50, 2, 2], 75, { kernel: [1, 1], pad: [1, 0] }),
    conv('weights that no cache holds', [2, 1100, 2, 2], 1000, { kernel: [1, 1] }),
  ]);

  testThreads('Convolution', conv('channels side by side', [6, 32, 9, 9], 24, { kernel: [3, 3], pad: [1, 1] }));
  testThreads('Convolution', conv('large', [40, 8, 9, 9], 24, { kernel: [3, 3], pad: [1, 1] }));

  it('convolves each of several bottoms with the same weights', async () => {
    const run = await runLayer({
      layer: 'type: "Convolution" convolution_param { num_output: 1 kernel_size: 2 }',
      bottoms: [
        { shape: [1, 1, 2, 2], data: [1, 2, 3, 4] },
        { shape: [1, 1, 2, 2], data: [5, 6, 7, 8] },
      ],
      params: [[1, 10, 100, 1000], [0.5]],
      tops: 2,
      topDiffs: [[1], [2]],
    });
    expect(run.tops.map(({ data }) => [...data])).toEqual([[4321.5], [8765.5]]);
    expect(run.bottomDiffs.map((diff) => [...diff!])).toEqual([
      [1, 10, 100, 1000],
      [2, 20, 200, 2000],
    ]);
    expect(run.paramDiffs.map((diff) => [...diff!])).toEqual([[1 + 10, 2 + 12, 3 + 14, 4 + 16], [3]]);
  });

  it('counts a negative axis from the back', async () => {
    const { tops } = await runLayer({
      layer: 'type: "Convolution" convolution_param { num_output: 1 kernel_size: 2 axis: -2 }',
      bottoms: [{ shape: [2, 1, 3], data: [1, 2, 3, 4, 5, 6] }],
      params: [[1, 10], [0]],
    });
    expect(tops).toEqual([{ shape: [2, 1, 2], data: Float32Array.of(21, 32, 54, 65) }]);
  });

  it('takes several axes before the channels', async () => {
    const { tops } = await runLayer({
      layer: 'type: "Convolution" convolution_param { num_output: 2 kernel_size: 1 axis: 2 }',
      bottoms: [{ shape: [2, 2, 1, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] }],
      params: [
        [1, -1],
        [0, 0.5],
      ],
    });
    const data = Float32Array.of(1, 2, -0.5, -1.5, 3, 4, -2.5, -3.5, 5, 6, -4.5, -5.5, 7, 8, -6.5, -7.5);
    expect(tops).toEqual([{ shape: [2, 2, 2, 2], data }]);
  });

  const wrong = (name: string, options: string, message: RegExp, at?: string, shapes = [[2, 4, 5, 5]]) => ({
    name,
    options: `convolution_param { ${options} }`,
    shapes,
    tops: shapes.length,
    message,
    ...(at ? { at } : {}),
  });
  testErrors('Convolution', [
    wrong('no num_output', 'kernel_size: 3', /num_output must be at least 1/, 'convolution_param'),
    wrong('no kernel', 'num_output: 3', /kernel_size is missing/, 'convolution_param'),
    wrong('a kernel of 0', 'num_output: 3 kernel_size: 0', /kernel_size must be at least 1/, '0 }'),
    wrong('a stride of 0', 'num_output: 3 kernel_size: 2 stride: 0', /stride must be at least 1/, '0 }'),
    wrong('half a kernel', 'num_output: 3 kernel_h: 2', /kernel_h and kernel_w are needed together/, 'kernel_h'),
    wrong(
      'the kernel twice',
      'num_output: 3 kernel_size: 2 kernel_h: 2 kernel_w: 2',
      /kernel_size and kernel_h, kernel_w are both given/,
      'kernel_h',
    ),
    wrong(
      'the stride twice',
      'num_output: 3 kernel_size: 2 stride: 1 stride_h: 2 stride_w: 2',
      /stride and stride_h, stride_w are both/,
      'stride_h',
    ),
    wrong(
      'three kernels for two axes',
      'num_output: 3 kernel_size: 2 kernel_size: 2 kernel_size: 2',
      /kernel_size is given 3 times/,
      'kernel_size',
    ),
    wrong(
      'kernel_h of one axis',
      'num_output: 3 kernel_h: 2 kernel_w: 2',
      /are for two spatial axes, not 1/,
      'kernel_h',
      [[2, 4, 5]],
    ),
    wrong(
      'a group that does not divide the channels',
      'num_output: 3 kernel_size: 2 group: 3',
      /group 3 does not divide the 4 channels of blob "bottom0" \(2 x 4 x 5 x 5\)/,
      '3 }',
    ),
    wrong(
      'a group that does not divide num_output',
      'num_output: 3 kernel_size: 2 group: 2',
      /group 2 does not divide num_output 3/,
      '2 }',
    ),
    wrong(
      'an output of negative size',
      'num_output: 3 kernel_size: 6',
      /covers 6 along axis 2, more than the 5 of blob "bottom0"/,
      'convolution_param',
    ),
    wrong(
      'a dilated kernel that does not fit',
      'num_output: 3 kernel_size: 3 dilation: 3',
      /dilated kernel covers 7/,
      'convolution_param',
    ),
    wrong('bottoms that differ', 'num_output: 3 kernel_size: 3', /blob "bottom1" is 2 x 4 x 6 x 5/, '"bottom1"', [
      [2, 4, 5, 5],
      [2, 4, 6, 5],
    ]),
    wrong('an axis that does not exist', 'num_output: 3 kernel_size: 3 axis: 4', /axis 4 does not exist/, '4 }'),
  ]);
});
