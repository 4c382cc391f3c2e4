import { BatchNorm } from '../reference/BatchNorm';
import { expectClose } from './close';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { openLayer, runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';

const positive = (_: number, random: () => number) => random() + 0.5;

describe('BatchNorm', () => {
  testGolden('BatchNorm');
  // The blobs' gradients are not computed: lr_mult is 0. Their differences are not asked for either.
  testAgainstReference('BatchNorm', [
    { name: 'a batch of images', shapes: [[17, 3, 2, 2]], reference: BatchNorm() },
    { name: 'vectors in place', shapes: [[9, 4]], reference: BatchNorm(), inPlace: true },
    { name: 'one axis', shapes: [[9]], reference: BatchNorm() },
    {
      name: 'a large eps',
      options: 'batch_norm_param { eps: 0.5 }',
      shapes: [[9, 2]],
      reference: BatchNorm(false, 0.5),
    },
    {
      name: 'running sums in TEST',
      shapes: [[5, 3, 2]],
      params: [[3], [3], [1]],
      paramValues: positive,
      phase: 'TEST',
      reference: BatchNorm(true),
      fixedParams: true,
    },
  ]);
  testThreads('BatchNorm', { name: 'large', shapes: [[64, 20, 17]] });

  it('adds each batch to the running sums, and tests by them', async () => {
    const bottoms = [{ shape: [4, 1], data: [1, 3, 5, 7] }];
    const layer = openLayer({ layer: 'type: "BatchNorm" batch_norm_param { moving_average_fraction: 0.5 }', bottoms });
    await layer.run();
    const { paramsAfter } = await layer.run([[2, 2, 6, 6]]);
    layer.engine.dispose();
    // Means 4 and 4; variances 5 and 4, each times 4/3.
    expectClose(
      paramsAfter.flatMap((blob) => [...blob]),
      [6, (0.5 * 5 + 4) * (4 / 3), 1.5],
      1e-6,
      'sums',
    );
    const test = await runLayer({ layer: 'type: "BatchNorm"', bottoms, params: paramsAfter, phase: 'TEST' });
    expectClose(
      test.tops[0]!.data,
      [1, 3, 5, 7].map((x) => (x - 4) / Math.sqrt((6.5 * 4) / 3 / 1.5 + 1e-5)),
      1e-5,
      'top',
    );
  });

  it('has the gradient of its own top, even when a layer in place after it changes the blob', async () => {
    const bottom = { shape: [6, 2], data: [1, 5, 2, 4, -3, 0, 0, 7, 2, 2, 1, 1] };
    const topDiffs = [Float32Array.from(bottom.data, (_, i) => Math.sin(i))];
    const apart = await runLayer({ layer: 'type: "BatchNorm"', bottoms: [bottom], topDiffs });
    const inPlace = await runLayer({ layer: 'type: "BatchNorm"', bottoms: [bottom], topDiffs, inPlace: true });
    expectClose(inPlace.bottomDiffs[0]!, apart.bottomDiffs[0]!, 1e-6, 'gradient');
  });

  it('keeps its sums out of the solver: lr_mult is 0, as in Caffe', () => {
    const layer = openLayer({ layer: 'type: "BatchNorm"', bottoms: [{ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }] });
    layer.engine.dispose();
    expect(layer.plan.params.map(({ learnable, lr_mult }) => ({ learnable, lr_mult }))).toEqual(
      new Array(3).fill({ learnable: true, lr_mult: 0 }),
    );
    expect(layer.net.param.layer!.at(-1)!.param).toEqual(new Array(3).fill({ lr_mult: 0 }));
  });

  testErrors('BatchNorm', [
    {
      name: 'sums that the solver would learn',
      options: 'param { lr_mult: 0 } param { lr_mult: 1 }',
      shapes: [[2, 3]],
      message: /lr_mult must be 0/,
      at: 'param { lr_mult: 1',
    },
  ]);
});
