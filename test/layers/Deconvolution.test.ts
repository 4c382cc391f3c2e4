import type { ConvolutionOptions } from '../reference/Convolution';
import { Deconvolution } from '../reference/Deconvolution';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testLarge } from './large-cases';
import { testAgainstReference, testThreads } from './reference-cases';

/** A case from a bottom's shape and options: the prototxt, the shapes of the parameters and the reference agree. */
function deconv(name: string, shape: number[], outputs: number, o: ConvolutionOptions & { bias?: boolean }) {
  const list = (field: string, values: number[] | undefined) => (values ?? []).map((v) => `${field}: ${v}`).join(' ');
  const options =
    `convolution_param { num_output: ${outputs} group: ${o.group ?? 1} bias_term: ${o.bias ?? true} ` +
    `${list('kernel_size', o.kernel)} ${list('stride', o.stride)} ${list('pad', o.pad)} ${list('dilation', o.dilation)} }`;
  const weights = [shape[1]!, outputs / (o.group ?? 1), ...o.kernel];
  return {
    name,
    options,
    shapes: [shape],
    params: o.bias === false ? [weights] : [weights, [outputs]],
    reference: Deconvolution(outputs, o),
  };
}

describe('Deconvolution', () => {
  testGolden('Deconvolution');
  testAgainstReference('Deconvolution', [
    deconv('a kernel with a bias', [17, 3, 2, 3], 2, { kernel: [3, 3] }),
    deconv('stride, pad, dilation and groups, no bias', [2, 4, 3, 2], 4, {
      kernel: [3, 2],
      stride: [2, 2],
      pad: [1, 1],
      dilation: [2, 2],
      group: 2,
      bias: false,
    }),
    deconv('places that nothing reaches', [2, 2, 3, 2], 3, { kernel: [2, 1], stride: [3, 2] }),
    deconv('twice as large, as bilinear upsampling does', [3, 4, 3, 3], 4, {
      kernel: [4, 4],
      stride: [2, 2],
      pad: [1, 1],
      group: 4,
    }),
    deconv('one axis', [3, 2, 4], 3, { kernel: [3], stride: [2], pad: [1] }),
    deconv('three axes', [2, 2, 2, 3, 2], 3, { kernel: [2, 3, 1], stride: [1, 2, 2], dilation: [2, 1, 1] }),
    deconv('no spatial axis', [3, 4], 5, { kernel: [] }),
  ]);
  testLarge('Deconvolution', [
    deconv('many channels', [9, 70, 4, 4], 40, { kernel: [3, 3], stride: [2, 2], pad: [1, 1] }),
    deconv('a large kernel', [2, 3, 6, 5], 4, { kernel: [16, 16], stride: [8, 8], pad: [4, 4] }),
  ]);
  testThreads('Deconvolution', deconv('large', [16, 2, 20, 20], 3, { kernel: [2, 2] }));

  it('spreads each of several bottoms by the same weights', async () => {
    const run = await runLayer({
      layer: 'type: "Deconvolution" convolution_param { num_output: 1 kernel_size: 2 }',
      bottoms: [
        { shape: [1, 1, 1, 1], data: [2] },
        { shape: [1, 1, 1, 1], data: [3] },
      ],
      params: [[1, 10, 100, 1000], [0.5]],
      tops: 2,
      topDiffs: [
        [1, 2, 3, 4],
        [1, 0, 0, 0],
      ],
    });
    expect(run.tops.map(({ data }) => [...data])).toEqual([
      [2.5, 20.5, 200.5, 2000.5],
      [3.5, 30.5, 300.5, 3000.5],
    ]);
    expect(run.bottomDiffs.map((diff) => [...diff!])).toEqual([[4321], [1]]);
    expect(run.paramDiffs.map((diff) => [...diff!])).toEqual([[2 + 3, 4, 6, 8], [11]]);
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
      name: 'three kernels for two axes',
      options: 'convolution_param { num_output: 3 kernel_size: 2 kernel_size: 2 kernel_size: 2 }',
      shapes: [[1, 2, 3, 3]],
      message: /kernel_size is given 3 times/,
      at: 'kernel_size',
    },
  ]);
});
