import { Pooling, type PoolingOptions } from '../reference/Pooling';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { type LayerCase, runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';
import { testDraws } from './stochastic-cases';

function pooling(name: string, shape: number[], o: PoolingOptions) {
  const pair = (field: string, [h, w]: [number, number]) => `${field}_h: ${h} ${field}_w: ${w}`;
  const options =
    `pooling_param { pool: ${o.pool} ${pair('kernel', o.kernel)} ${pair('stride', o.stride ?? [1, 1])} ` +
    `${pair('pad', o.pad ?? [0, 0])} round_mode: ${o.floor ? 'FLOOR' : 'CEIL'} }`;
  return { name, options, shapes: [shape], reference: Pooling(o) };
}

const METHODS = ['MAX', 'AVE'] as const;

describe('Pooling', () => {
  testGolden('Pooling');

  testAgainstReference(
    'Pooling',
    METHODS.flatMap((pool) => [
      pooling(`${pool}: windows side by side`, [3, 2, 4, 6], { pool, kernel: [2, 2], stride: [2, 2] }),
      pooling(`${pool}: a batch that leaves a part of a vector`, [17, 1, 4, 4], {
        pool,
        kernel: [2, 2],
        stride: [2, 2],
      }),
      pooling(`${pool}: windows cut off at the end`, [2, 2, 5, 7], { pool, kernel: [2, 3], stride: [2, 3] }),
      pooling(`${pool}: windows that overlap`, [2, 2, 6, 5], { pool, kernel: [3, 3], stride: [2, 1] }),
      pooling(`${pool}: padding`, [2, 2, 5, 5], { pool, kernel: [3, 2], stride: [2, 2], pad: [2, 1] }),
      pooling(`${pool}: padding that drops the last window`, [2, 1, 4, 4], {
        pool,
        kernel: [2, 2],
        stride: [2, 2],
        pad: [1, 1],
      }),
      pooling(`${pool}: places between the windows`, [2, 2, 7, 7], {
        pool,
        kernel: [1, 2],
        stride: [2, 3],
        floor: true,
      }),
      pooling(`${pool}: rounded down`, [2, 2, 6, 7], { pool, kernel: [3, 3], stride: [2, 2], floor: true }),
      pooling(`${pool}: a kernel larger than the image`, [2, 2, 2, 3], { pool, kernel: [3, 4], stride: [2, 2] }),
      pooling(`${pool}: the whole image`, [2, 3, 4, 5], { pool, kernel: [4, 5] }),
    ]),
  );
  testAgainstReference('Pooling', [
    { ...pooling('ties', [4, 2, 4, 4], { pool: 'MAX', kernel: [2, 2], stride: [2, 2] }), ...tied() },
    {
      ...pooling('ties of windows that overlap', [4, 2, 5, 5], { pool: 'MAX', kernel: [3, 3], stride: [1, 2] }),
      ...tied(),
    },
  ]);
  for (const pool of METHODS) {
    testThreads('Pooling', pooling(`large ${pool}`, [20, 4, 12, 12], { pool, kernel: [3, 3], stride: [2, 2] }));
  }

  const image = { shape: [1, 1, 3, 3], data: [1, 5, 5, 2, 3, 9, 9, 4, 0] };

  it('tells where the maxima were in a second top', async () => {
    const { tops } = await runLayer({
      layer: 'type: "Pooling" pooling_param { kernel_size: 2 }',
      bottoms: [image],
      tops: 2,
    });
    expect(tops.map(({ data }) => [...data])).toEqual([
      [5, 9, 9, 9],
      [1, 5, 6, 5],
    ]);
  });

  it('gives the smallest float, or zero, for a window outside the image, and no gradient', async () => {
    const layer = (pool: string) => `type: "Pooling" pooling_param { pool: ${pool} kernel_size: 1 stride: 3 }`;
    const bottoms = [{ shape: [1, 1, 2, 1], data: [7, 8] }];
    const max = await runLayer({ layer: layer('MAX'), bottoms, topDiffs: [[1, 2]] });
    expect([...max.tops[0]!.data]).toEqual([7, Math.fround(-3.4028234663852886e38)]);
    expect([...max.bottomDiffs[0]!]).toEqual([1, 0]);
    const average = await runLayer({ layer: layer('AVE'), bottoms, topDiffs: [[1, 2]] });
    expect([...average.tops[0]!.data]).toEqual([7, -0]);
    expect([...average.bottomDiffs[0]!]).toEqual([1, 0]);
  });

  it('gives zero for a window of no size, where Caffe would divide by it', async () => {
    const { tops } = await runLayer({
      layer: 'type: "Pooling" pooling_param { pool: AVE kernel_size: 1 stride: 2 }',
      bottoms: [{ shape: [1, 1, 2, 1], data: [7, 8] }],
    });
    expect([...tops[0]!.data]).toEqual([7, 0]);
  });

  it('pools over the whole image with global_pooling', async () => {
    const { tops } = await runLayer({
      layer: 'type: "Pooling" pooling_param { pool: AVE global_pooling: true }',
      bottoms: [image],
    });
    expect(tops[0]!.shape).toEqual([1, 1, 1, 1]);
    expect(tops[0]!.data[0]).toBeCloseTo(38 / 9, 5);
  });

  const wrong = (
    name: string,
    options: string,
    message: RegExp,
    at = 'pooling_param',
    shape = [2, 3, 4, 4],
    tops = 1,
  ) => ({
    name,
    options: `pooling_param { ${options} }`,
    shapes: [shape],
    tops,
    message,
    at,
  });
  testErrors('Pooling', [
    wrong('no kernel', 'pool: MAX', /kernel_size is missing/),
    wrong('half a kernel', 'kernel_h: 2', /kernel_h and kernel_w are needed together/, 'kernel_h'),
    wrong(
      'the kernel twice',
      'kernel_size: 2 kernel_h: 2 kernel_w: 2',
      /kernel_size and kernel_h, kernel_w are both given/,
      'kernel_h',
    ),
    wrong(
      'the stride twice',
      'kernel_size: 2 stride: 1 stride_h: 2 stride_w: 2',
      /stride and stride_h, stride_w are both given/,
      'stride_h',
    ),
    wrong('the padding twice', 'kernel_size: 2 pad: 1 pad_w: 1', /pad and pad_h, pad_w are both given/, 'pad_w'),
    wrong(
      'a kernel with global_pooling',
      'global_pooling: true kernel_size: 2',
      /kernel_size cannot be given with global_pooling/,
      'kernel_size',
    ),
    wrong(
      'padding with global_pooling',
      'global_pooling: true pad: 1',
      /with global_pooling only pad 0 and stride 1/,
      'global_pooling',
    ),
    wrong('a kernel of 0', 'kernel_size: 0', /the kernel must be at least 1 x 1/),
    wrong('a stride of 0', 'kernel_size: 2 stride: 0', /stride must be at least 1/),
    wrong('padding as wide as the kernel', 'kernel_size: 2 pad: 2', /pad 2 must be smaller than the kernel, 2/),
    wrong('padding with STOCHASTIC', 'pool: STOCHASTIC kernel_size: 2 pad: 1', /STOCHASTIC pooling takes no padding/),
    wrong(
      'a second top of AVE',
      'pool: AVE kernel_size: 2',
      /only MAX pooling has a second top/,
      '"top1"',
      [2, 3, 4, 4],
      2,
    ),
    wrong('no image', 'kernel_size: 2', /\(2 x 3\) must have 4 axes/, '"bottom0"', [2, 3]),
    wrong('no output', 'kernel_size: 6 round_mode: FLOOR', /kernel 6 leaves no output along axis 2/),
  ]);
});

describe('STOCHASTIC Pooling', () => {
  const layer = (o: string) => `type: "Pooling" pooling_param { pool: STOCHASTIC ${o} }`;

  // In TEST: a mean, which has a gradient like any other. Values from 0 on, as behind a ReLU.
  const positive = { values: (_: number, random: () => number) => 0.1 + random(), phase: 'TEST' as const };
  testAgainstReference('Pooling', [
    { ...pooling('testing', [3, 2, 4, 6], { pool: 'STOCHASTIC', kernel: [2, 2], stride: [2, 2] }), ...positive },
    {
      ...pooling('testing, overlap', [17, 2, 6, 5], { pool: 'STOCHASTIC', kernel: [3, 3], stride: [2, 1] }),
      ...positive,
    },
    { ...pooling('testing, gaps', [2, 1, 7, 7], { pool: 'STOCHASTIC', kernel: [1, 2], stride: [2, 3] }), ...positive },
  ]);

  /** Values that tell the places apart: of image n, channel c, place p. */
  const distinct = (shape: [number, number, number, number]) => ({
    shape: [...shape],
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => 1 + ((i * 7919) % 10007) / 10007),
  });

  it.each([
    ['side by side', [5, 3, 4, 6], 'kernel_size: 2 stride: 2'],
    ['overlapping', [19, 2, 6, 5], 'kernel_size: 3 stride: 2'],
    ['with gaps', [2, 2, 7, 7], 'kernel_size: 2 stride: 3'],
    ['global', [4, 2, 3, 3], 'global_pooling: true'],
  ] as const)('%s: a value of the window, and the gradient goes to its place', async (_, shape, options) => {
    const bottom = distinct([...shape]);
    const count = (await runLayer({ layer: layer(options), bottoms: [bottom] })).tops[0]!.data.length;
    const dy = Float32Array.from({ length: count }, (_, i) => 1 + i);
    for (const threads of [1, 3]) {
      const run = await runLayer({ layer: layer(options), bottoms: [bottom], topDiffs: [dy], threads });
      const [dx, y] = [run.bottomDiffs[0]!, run.tops[0]!];
      const wanted = new Float32Array(bottom.data.length);
      y.data.forEach((value, i) => {
        wanted[bottom.data.indexOf(value)]! += dy[i]!; // throws off the comparison where the value is not there
      });
      expect(dx).toEqual(wanted);
      expect(y).toEqual((await runLayer({ layer: layer(options), bottoms: [bottom], threads: 1 })).tops[0]);
    }
  });

  it('draws in proportion to the values', async () => {
    const values = [1, 0, 3, 4];
    const images = 20_000;
    const data = Float32Array.from({ length: 4 * images }, (_, i) => values[i % 4]!);
    const run = await runLayer({ layer: layer('kernel_size: 2'), bottoms: [{ shape: [images, 1, 2, 2], data }] });
    for (const value of values) {
      const [share, chance] = [run.tops[0]!.data.filter((y) => y === value).length / images, value / 8];
      // Five standard deviations of a binomial share.
      expect(Math.abs(share - chance)).toBeLessThanOrEqual(5 * Math.sqrt((chance * (1 - chance)) / images));
    }
  });

  it('has the derivative of the drawn values, with the draws held', async () => {
    const bottom = distinct([3, 2, 4, 4]);
    const weights = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
    const layerCase: LayerCase = { layer: layer('kernel_size: 2 stride: 2'), bottoms: [bottom], seed: 3 };
    const { bottomDiffs } = await runLayer({ ...layerCase, topDiffs: [weights] });
    const loss = async (at: number, by: number) => {
      const data = bottom.data.map((value, i) => (i === at ? value + by : value));
      const { tops } = await runLayer({ ...layerCase, bottoms: [{ shape: bottom.shape, data }] });
      return tops[0]!.data.reduce((sum, y, i) => sum + y * weights[i]!, 0);
    };
    // A change so small that no draw falls on another place: thresholds move by at most 2^-10 of a window's sum.
    const step = 2 ** -10;
    for (let at = 0; at < bottom.data.length; at += 5) {
      const slope = ((await loss(at, step)) - (await loss(at, -step))) / (2 * step);
      expect(Math.abs(slope - bottomDiffs[0]![at]!)).toBeLessThan(1e-3); // rounding of sums near 10 over 2^-9
    }
  });

  it('gives 0 where all values are 0, and for a window outside the image', async () => {
    for (const phase of ['TRAIN', 'TEST'] as const) {
      const zero = { shape: [1, 1, 2, 2], data: [0, 0, 0, 0] };
      const run = await runLayer({ layer: layer('kernel_size: 2'), bottoms: [zero], topDiffs: [[1]], phase });
      expect([...run.tops[0]!.data]).toEqual([0]);
      expect([...run.bottomDiffs[0]!]).toEqual(phase === 'TRAIN' ? [1, 0, 0, 0] : [0, 0, 0, 0]);
      const outside = { shape: [1, 1, 2, 1], data: [7, 8] };
      const lone = layer('kernel_size: 1 stride: 3');
      const far = await runLayer({ layer: lone, bottoms: [outside], topDiffs: [[1, 2]], phase });
      expect([...far.tops[0]!.data]).toEqual([7, 0]);
      expect([...far.bottomDiffs[0]!]).toEqual([1, 0]);
    }
  });

  testDraws(
    { layer: layer('kernel_size: 2 stride: 2'), bottoms: [distinct([8, 3, 6, 6])], seed: 7 },
    'type: "Pooling" pooling_param { kernel_size: 2 }',
  );
});

/** Values of which many are equal: no finite differences at a kink. */
function tied() {
  return {
    values: (_: number, random: () => number) => Math.floor(random() * 3),
    differences: [Infinity, 'ties'] as [number, string],
  };
}
