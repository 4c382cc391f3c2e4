import { type ContrastiveOptions, ContrastiveLoss as reference } from '../reference/ContrastiveLoss';
import { testErrors, testWarnings } from './errors';
import { testGolden } from './golden-cases';
import { type LayerCase, openLayer, runLayer } from './harness';
import { type Random, type ReferenceCase, testAgainstReference, testThreads } from './reference-cases';

const similarity = (b: number, random: Random) => (b < 2 ? random() * 2 - 1 : Math.floor(random() * 2));
const classes = (b: number, random: Random) => (b === 2 ? Math.floor(random() * 3) : random() * 2 - 1);
const common = { isLoss: true, gradients: [true, true, false, false] };

const options = (text: string) => `contrastive_loss_param { ${text} }`;

/** Caffe divides by d + 1e-4, so its gradient is short of the derivative by up to 1e-4 / d. */
const CAFFES_GUARD: [number, string] = [2e-3, 'd + 1e-4 in the divisor'];

/** Every variant, with plain and legacy form, over two class labels and centroids. */
const variants: ReferenceCase[] = (['NONE', 'MATCHING', 'NONMATCHING', 'ALL'] as const).flatMap((learning) =>
  (['EUCLIDEAN', 'MANHATTAN'] as const).map((distance) => {
    const given: ContrastiveOptions = { margin: 1.5, manhattan: distance === 'MANHATTAN', learning, scale: 0.75 };
    return {
      name: `${distance}, centroid_learning ${learning}, matching_distance_scale`,
      ...common,
      // A row whose encoding gave way to a centroid has gradient 0 here, as in the differences.
      options: options(
        `margin: 1.5 matching_distance_scale: 0.75 distance_calculation: ${distance} centroid_learning: ${learning}`,
      ),
      shapes: [[17, 4], [17, 4], [17, 2], ...(learning === 'NONE' ? [] : [[3, 4]])],
      values: classes,
      reference: reference(given),
      differences: CAFFES_GUARD,
    };
  }),
);

const minings: ReferenceCase[] = (['HARD', 'SEMI_HARD'] as const).flatMap((mining) =>
  (['EUCLIDEAN', 'MANHATTAN'] as const).map((distance) => ({
    name: `${distance}, negative_mining ${mining}`,
    ...common,
    options: options(`margin: 2 distance_calculation: ${distance} negative_mining: ${mining}`),
    shapes: [
      [17, 4],
      [17, 4],
      [17, 2],
    ],
    values: classes,
    reference: reference({ margin: 2, manhattan: distance === 'MANHATTAN', mining }),
    differences: CAFFES_GUARD,
  })),
);

describe('ContrastiveLoss', () => {
  testGolden('ContrastiveLoss');
  testAgainstReference('ContrastiveLoss', [
    {
      name: 'similarity',
      ...common,
      shapes: [[17, 2], [17, 2], [17]],
      values: similarity,
      reference: reference(),
      differences: CAFFES_GUARD,
    },
    {
      name: 'similarity N x 1, encodings N x C x 1 x 1',
      ...common,
      shapes: [
        [5, 7, 1, 1],
        [5, 7, 1, 1],
        [5, 1],
      ],
      options: options('margin: 3'),
      values: similarity,
      reference: reference({ margin: 3 }),
      differences: CAFFES_GUARD,
    },
    {
      name: 'legacy',
      ...common,
      shapes: [[17, 3], [17, 3], [17]],
      options: options('margin: 2 legacy_version: true'),
      values: similarity,
      reference: reference({ margin: 2, legacy: true }),
    },
    {
      name: 'three class labels',
      ...common,
      shapes: [
        [6, 2],
        [6, 2],
        [6, 3],
      ],
      values: (b, random) => (b < 2 ? random() : Math.floor(random() * 1.5)),
      reference: reference(),
      differences: CAFFES_GUARD,
    },
    {
      name: 'matches',
      ...common,
      tops: 2,
      options: `loss_weight: 1 loss_weight: 0 ${options('output_matches: true')}`,
      shapes: [[17, 2], [17, 2], [17]],
      values: similarity,
      reference: reference({ match: true }),
      differences: CAFFES_GUARD,
    },
    ...variants,
    ...minings,
  ]);
  testThreads('ContrastiveLoss', {
    name: 'large',
    isLoss: true,
    shapes: [[20000, 2], [20000, 2], [20000]],
    values: similarity,
  });

  // Worked by hand: five pairs, the first similar.
  const a = [0, 0, 1, 0, 0.5, 0.5, 0, 1, 2, 0];
  const b = [0.3, 0.4, 0, 0, 0.5, 0.5, 0, 0.4, 0, 0];
  const similar = [1, 0, 0, 0, 0];
  it.each([
    [1, false, 0.141, [-0.06, -0.08, 0, 0, 0, 0, 0, -0.07998667, 0, 0]],
    [1, true, 0.189, [-0.06, -0.08, 0, 0, 0, 0, 0, -0.12, 0, 0]],
    [2, false, 0.721, [-0.06, -0.08, -0.19998, 0, 0, 0, 0, -0.27995334, 0, 0]],
    [2, true, 0.489, [-0.06, -0.08, -0.2, 0, 0, 0, 0, -0.12, 0, 0]],
  ])('margin %d, legacy %s: loss %d', async (margin, legacy, loss, gradient) => {
    const run = await runLayer({ ...handCase(`margin: ${margin} legacy_version: ${legacy}`), topDiffs: [undefined] });
    expect(run.loss).toBeCloseTo(loss, 6);
    gradient.forEach((value, i) => {
      expect(run.bottomDiffs[0]![i]).toBeCloseTo(value, 7);
      expect(run.bottomDiffs[1]![i]).toBeCloseTo(-value, 7);
    });
  });
  it('matches by the margin: a dissimilar pair exactly at it is not apart', async () => {
    const { tops } = await runLayer({
      ...handCase('output_matches: true', 'loss_weight: 1 loss_weight: 0'),
      tops: 2,
    });
    expect([...tops[1]!.data]).toEqual([1, 0, 0, 0, 1]);
  });
  it('keeps the encoding while its centroid is not ready', async () => {
    const bottoms = [
      { shape: [1, 2], data: [1, 1] },
      { shape: [1, 2], data: [0, 0] },
      { shape: [1, 2], data: [2, 2] },
      { shape: [3, 2], data: [5, 5, 5, 5, 0, 0] },
    ];
    const layer = `type: "ContrastiveLoss" ${options('centroid_learning: ALL')}`;
    const run = await runLayer({ layer, bottoms, topDiffs: [undefined] });
    expect(run.loss).toBe(1);
    expect([...run.bottomDiffs[0]!]).toEqual([1, 1]);
  });
  it('refuses a label without centroid', async () => {
    const bottoms = [
      [1, 2],
      [1, 2],
      [1, 2],
      [3, 2],
    ].map((shape, b) => ({ shape, data: b === 2 ? [3, 3] : [0, 0, 0, 0, 0, 0] }));
    const given = bottoms.map(({ shape, data }) => ({ shape, data: data.slice(0, shape[0]! * shape[1]!) }));
    const layer = openLayer({ layer: `type: "ContrastiveLoss" ${options('centroid_learning: ALL')}`, bottoms: given });
    await expect(layer.run()).rejects.toMatchObject({ code: 'data', message: /label 3 of item 0 is outside \[0, 3\)/ });
    layer.engine.dispose();
  });

  function handCase(text: string, before = ''): LayerCase {
    const bottoms = [
      { shape: [5, 2], data: a },
      { shape: [5, 2], data: b },
      { shape: [5], data: similar },
    ];
    return { layer: `type: "ContrastiveLoss" ${before} ${options(text)}`, bottoms };
  }

  testErrors('ContrastiveLoss', [
    {
      name: 'encodings of other lengths',
      shapes: [[4, 2], [4, 3], [4]],
      message: /"bottom0" \(4 x 2\) and "bottom1" \(4 x 3\)/,
      at: '"bottom1"',
    },
    {
      name: 'images',
      shapes: [[4, 2, 3, 3], [4, 2, 3, 3], [4]],
      message: /"bottom0" is 4 x 2 x 3 x 3/,
      at: '"bottom0"',
    },
    { name: 'too few labels', shapes: [[4, 2], [4, 2], [3]], message: /labels of 4 pairs/, at: '"bottom2"' },
    {
      name: 'four labels a pair',
      shapes: [
        [4, 2],
        [4, 2],
        [4, 4],
      ],
      message: /"bottom2" is 4 x 4/,
      at: '"bottom2"',
    },
    {
      name: 'a negative margin',
      options: options('margin: -1'),
      shapes: [[4, 2], [4, 2], [4]],
      message: /margin -1 is negative/,
      at: '-1',
    },
    {
      name: 'centroid learning without centroids',
      options: options('centroid_learning: ALL'),
      shapes: [
        [4, 2],
        [4, 2],
        [4, 2],
      ],
      message: /needs a fourth bottom/,
      at: 'ALL',
    },
    {
      name: 'centroid learning without class labels',
      options: options('centroid_learning: ALL'),
      shapes: [[4, 2], [4, 2], [4], [3, 2]],
      message: /needs two class labels/,
      at: 'ALL',
    },
    {
      name: 'negative mining without class labels',
      options: options('negative_mining: HARD'),
      shapes: [[4, 2], [4, 2], [4]],
      message: /negative_mining needs two class labels/,
      at: 'HARD',
    },
    {
      name: 'negative mining among centroids',
      options: options('centroid_learning: ALL negative_mining: HARD'),
      shapes: [
        [4, 2],
        [4, 2],
        [4, 2],
        [3, 2],
      ],
      message: /negative_mining and centroid_learning cannot be used together/,
      at: 'HARD',
    },
    {
      name: 'centroids of another length',
      options: options('centroid_learning: ALL'),
      shapes: [
        [4, 2],
        [4, 2],
        [4, 2],
        [3, 5],
      ],
      message: /centroids "bottom3" are 3 x 5, but must be labels x 2/,
      at: '"bottom3"',
    },
  ]);
  testWarnings('ContrastiveLoss', [
    {
      name: 'loss_param',
      options: 'loss_param { normalization: VALID }',
      shapes: [[4, 2], [4, 2], [4]],
      message: /loss_param has no effect/,
      at: 'loss_param',
    },
  ]);
});
