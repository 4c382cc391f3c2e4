import { InnerProduct } from '../reference/InnerProduct';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';

interface Options {
  axis?: number;
  transpose?: boolean;
  bias?: boolean;
}

function product(
  name: string,
  shape: number[],
  outputs: number,
  { axis = 1, transpose = false, bias = true }: Options = {},
) {
  const inputs = shape.slice(axis).reduce((a, b) => a * b, 1);
  const weights = transpose ? [inputs, outputs] : [outputs, inputs];
  return {
    name,
    options: `inner_product_param { num_output: ${outputs} axis: ${axis} transpose: ${transpose} bias_term: ${bias} }`,
    shapes: [shape],
    params: bias ? [weights, [outputs]] : [weights],
    reference: InnerProduct(outputs, { axis, transpose }),
  };
}

/** Blocks of rows, vectors and depth each have ends of their own: sizes on both sides of them. */
const BATCHES = [1, 2, 7, 8, 16, 33];

describe('InnerProduct', () => {
  testGolden('InnerProduct');

  testAgainstReference('InnerProduct', [
    ...BATCHES.map((batch) => product(`batch ${batch}`, [batch, 5], 7)),
    ...BATCHES.map((batch) => product(`batch ${batch}, transposed`, [batch, 5], 7, { transpose: true })),
    product('images', [3, 2, 3, 2], 4),
    product('one output', [4, 6], 1),
    product('more outputs than a block', [3, 4], 29),
    product('no bias', [3, 4], 5, { bias: false }),
    product('axis 0', [2, 3], 4, { axis: 0 }),
    product('axis 2', [2, 3, 4, 2], 5, { axis: 2 }),
    product('the last axis, transposed', [2, 3, 4], 5, { axis: 2, transpose: true }),
    product('more inputs than a part of the depth', [2, 700], 2),
    product('more inputs than a part of the depth, transposed', [9, 600], 1, { transpose: true }),
  ]);

  testThreads('InnerProduct', product('large', [40, 300], 101));
  testThreads('InnerProduct', product('one image', [1, 300], 101));

  // As stacked towers have it: 64 and 256 images are whole vectors, 50 leaves a part, 1200 is more than one stretch.
  it.each([2, 12, 50, 64, 256, 1200])(
    '%d images: what the towers of a pair give to the bias cancels out',
    async (images) => {
      const half = images / 2;
      const run = await runLayer({
        layer: 'type: "InnerProduct" inner_product_param { num_output: 1 }',
        bottoms: [{ shape: [images, 1], data: new Float32Array(images) }],
        params: [[1], [0]],
        topDiffs: [Float32Array.from({ length: images }, (_, i) => Math.sin(1 + (i % half)) * (i < half ? 1 : -1))],
      });
      expect(run.paramDiffs[1]![0]).toBeCloseTo(0, 30);
    },
  );

  it('counts a negative axis from the back', async () => {
    const { tops } = await runLayer({
      layer: 'type: "InnerProduct" inner_product_param { num_output: 1 axis: -1 }',
      bottoms: [{ shape: [2, 3, 2], data: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }],
      params: [[1, 10], [0]],
    });
    expect(tops).toEqual([{ shape: [2, 3, 1], data: Float32Array.of(21, 43, 65, 87, 109, 131) }]);
  });

  testErrors('InnerProduct', [
    {
      name: 'no num_output',
      shapes: [[2, 3]],
      options: 'inner_product_param { bias_term: false }',
      message: /num_output must be at least 1/,
      at: 'inner_product_param',
    },
    {
      name: 'an axis that does not exist',
      shapes: [[2, 3]],
      options: 'inner_product_param { num_output: 4 axis: 2 }',
      message: /axis 2 does not exist in blob "bottom0" \(2 x 3\)/,
      at: '2 }',
    },
  ]);
});
