import { SPP } from '../reference/SPP';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';
import { testDraws } from './stochastic-cases';

describe('SPP', () => {
  testGolden('SPP');
  testAgainstReference('SPP', [
    { name: 'three levels', options: 'spp_param { pyramid_height: 3 }', shapes: [[3, 2, 6, 8]], reference: SPP(3) },
    {
      name: 'averages',
      options: 'spp_param { pyramid_height: 2 pool: AVE }',
      shapes: [[17, 2, 5, 4]],
      reference: SPP(2, 'AVE'),
    },
    // In TEST: a mean, which has a gradient like any other. Values from 0 on, as behind a ReLU.
    {
      name: 'stochastic, testing',
      options: 'spp_param { pyramid_height: 3 pool: STOCHASTIC }',
      shapes: [[17, 2, 8, 4]],
      values: (_, random) => 0.1 + random(),
      phase: 'TEST',
      reference: SPP(3, 'STOCHASTIC'),
    },
    {
      name: 'stochastic, one level of any size, testing',
      options: 'spp_param { pyramid_height: 1 pool: STOCHASTIC }',
      shapes: [[2, 3, 5, 3]],
      values: (_, random) => 0.1 + random(),
      phase: 'TEST',
      reference: SPP(1, 'STOCHASTIC'),
    },
  ]);
  testThreads('SPP', { name: 'threads', options: 'spp_param { pyramid_height: 2 }', shapes: [[33, 3, 8, 8]] });
  testErrors('SPP', [
    {
      name: 'more bins than pixels',
      options: 'spp_param { pyramid_height: 3 }',
      shapes: [[1, 1, 3, 8]],
      message: /\(1 x 1 x 3 x 8\) does not divide into 4 x 4 bins/,
      at: '3 }',
    },
    {
      name: 'stochastic pooling with padding',
      options: 'spp_param { pyramid_height: 3 pool: STOCHASTIC }',
      shapes: [[1, 1, 8, 6]],
      message: /STOCHASTIC takes no padding, as in Caffe, but blob "bottom0" \(1 x 1 x 8 x 6\) .* 4 x 4 bins/,
      at: 'STOCHASTIC',
    },
  ]);
});

describe('STOCHASTIC SPP while training', () => {
  const [images, channels, height, width] = [19, 2, 8, 4] as const;
  const data = Float32Array.from({ length: images * channels * height * width }, (_, i) => 1 + ((i * 7919) % 10007));
  const layerCase = {
    layer: 'type: "SPP" spp_param { pyramid_height: 3 pool: STOCHASTIC }',
    bottoms: [{ shape: [images, channels, height, width], data }],
    seed: 7,
  };
  const perImage = channels * (1 + 4 + 16);

  /** The places of a bin, from an index of the top. */
  function bin(i: number): number[] {
    let [bins, r] = [1, i % perImage];
    for (; r >= channels * bins * bins; bins *= 2) r -= channels * bins * bins;
    const plane = (Math.floor(i / perImage) * channels + Math.floor(r / bins / bins)) * height * width;
    const [h, w] = [height / bins, width / bins];
    const [top, left] = [(Math.floor(r / bins) % bins) * h, (r % bins) * w];
    return Array.from({ length: h * w }, (_, p) => plane + (top + Math.floor(p / w)) * width + left + (p % w));
  }

  it('gives a value of each bin, and the gradient to its place', async () => {
    const dy = Float32Array.from({ length: images * perImage }, (_, i) => 1 + (i % 64));
    const run = await runLayer({ ...layerCase, topDiffs: [dy], threads: 3 });
    const wanted = new Float32Array(data.length);
    run.tops[0]!.data.forEach((value, i) => {
      const place = bin(i).find((p) => data[p] === value);
      expect(place).toBeDefined();
      wanted[place!]! += dy[i]!;
    });
    expect(run.bottomDiffs[0]).toEqual(wanted);
    const single = await runLayer({ ...layerCase, topDiffs: [dy], threads: 1 });
    expect(single).toEqual(run);
  });

  it('draws in proportion to the values', async () => {
    const values = [1, 0, 3, 4];
    const count = 20_000;
    const square = {
      shape: [count, 1, 2, 2],
      data: Float32Array.from({ length: 4 * count }, (_, i) => values[i % 4]!),
    };
    const run = await runLayer({
      ...layerCase,
      layer: 'type: "SPP" spp_param { pyramid_height: 1 pool: STOCHASTIC }',
      bottoms: [square],
    });
    for (const value of values) {
      const [share, chance] = [run.tops[0]!.data.filter((y) => y === value).length / count, value / 8];
      // Five standard deviations of a binomial share.
      expect(Math.abs(share - chance)).toBeLessThanOrEqual(5 * Math.sqrt((chance * (1 - chance)) / count));
    }
  });

  testDraws(layerCase, 'type: "SPP" spp_param { pyramid_height: 3 }');
});
