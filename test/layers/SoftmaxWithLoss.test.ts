import { SoftmaxWithLoss } from '../reference/SoftmaxWithLoss';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { openLayer, runLayer } from './harness';
import { type Random, testAgainstReference, testThreads } from './reference-cases';

const labelled = (classes: number) => (b: number, random: Random) =>
  b === 0 ? random() * 4 - 2 : Math.floor(random() * classes);
const common = { isLoss: true, gradients: [true, false] };

describe('SoftmaxWithLoss', () => {
  testGolden('SoftmaxWithLoss');
  testAgainstReference('SoftmaxWithLoss', [
    { name: 'a batch', ...common, shapes: [[17, 10], [17]], values: labelled(10), reference: SoftmaxWithLoss() },
    {
      name: 'labels N x 1',
      ...common,
      shapes: [
        [5, 3],
        [5, 1],
      ],
      values: labelled(3),
      reference: SoftmaxWithLoss(),
    },
    {
      name: 'images',
      ...common,
      shapes: [
        [3, 4, 2, 5],
        [3, 1, 2, 5],
      ],
      values: labelled(4),
      reference: SoftmaxWithLoss(),
    },
    {
      name: 'an axis of its own and labels in another shape',
      ...common,
      options: 'softmax_param { axis: -1 }',
      shapes: [
        [3, 4, 5],
        [3, 4, 1],
      ],
      values: labelled(5),
      reference: SoftmaxWithLoss({ axis: 2 }),
    },
    ...(['VALID', 'FULL', 'BATCH_SIZE', 'NONE'] as const).map((normalization) => ({
      name: `${normalization} with an ignored label`,
      ...common,
      options: `loss_param { ignore_label: 1 normalization: ${normalization} }`,
      shapes: [
        [4, 3, 2, 2],
        [4, 2, 2],
      ],
      values: labelled(3),
      reference: SoftmaxWithLoss({ normalization, ignored: 1 }),
    })),
    {
      name: 'all ignored',
      ...common,
      options: 'loss_param { ignore_label: 255 }',
      shapes: [[2, 3], [2]],
      values: (b, random) => (b === 0 ? random() : 255),
      reference: SoftmaxWithLoss({ ignored: 255 }),
    },
    {
      name: 'the second top',
      ...common,
      tops: 2,
      options: 'loss_weight: 1 loss_weight: 0',
      shapes: [
        [4, 3, 2],
        [4, 2],
      ],
      values: labelled(3),
      reference: SoftmaxWithLoss({}, true),
    },
  ]);
  testThreads('SoftmaxWithLoss', {
    name: 'large',
    isLoss: true,
    shapes: [
      [4, 5, 40, 40],
      [4, 40, 40],
    ],
    values: labelled(5),
  });

  it('gives a large but finite loss for an impossible label', async () => {
    const bottoms = [
      { shape: [1, 2], data: [0, 1000] },
      { shape: [1], data: [0] },
    ];
    const { loss } = await runLayer({ layer: 'type: "SoftmaxWithLoss"', bottoms });
    expect(loss).toBeCloseTo(-Math.log(2 ** -126), 3); // FLT_MIN
  });

  it.each([
    [3, 'label 3 of item 1 is outside [0, 3)'],
    [-1, 'label -1 of item 1 is outside [0, 3)'],
    [Number.NaN, 'label nan of item 1 is outside [0, 3)'],
  ])('refuses label %d and says where the layer is', async (label, message) => {
    const bottoms = [
      { shape: [2, 3], data: new Float32Array(6) },
      { shape: [2], data: [0, label] },
    ];
    const layer = openLayer({ layer: 'type: "SoftmaxWithLoss"', bottoms });
    await expect(layer.run()).rejects.toMatchObject({
      code: 'data',
      layer: 'tested',
      message: `layer "tested" (SoftmaxWithLoss): ${message}`,
      at: { file: 'layer.prototxt', line: 3 },
    });
    layer.engine.dispose();
  });

  testErrors('SoftmaxWithLoss', [
    {
      name: 'labels that do not fit',
      shapes: [
        [4, 3, 2, 2],
        [4, 2],
      ],
      message: /"bottom1" \(4 x 2\) has 8 labels, but "bottom0" \(4 x 3 x 2 x 2\) with its classes along axis 1 has 16/,
      at: '"bottom1"',
    },
    { name: 'another batch size', shapes: [[4, 3], [3]], message: /must have the same batch size/, at: '"bottom1"' },
    { name: 'no labels', shapes: [[4, 3]], message: /needs 2 bottoms/ },
  ]);
});
