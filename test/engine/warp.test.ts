/** Warped images against a float64 bilinear look-up: bytes and floats, means, pairs, borders, bends, layouts, label shifts. */
import { Engine } from '../../src/engine/engine';
import { AFFINE_WARP, BENT_WARP } from '../../src/engine/native';
import type { Attribute, Plan } from '../../src/plan/plan';
import { expectClose } from '../layers/close';
import { PlanMaker } from './plans';

const [HEIGHT, WIDTH, CHANNELS, COUNT] = [6, 5, 2, 9];
const SCALE = Math.fround(1 / 256);
const size = CHANNELS * HEIGHT * WIDTH;
const bytes = Uint8Array.from({ length: COUNT * size }, (_, i) => (i * 37 + (i % 11) * 5) % 256);
const floats = Float32Array.from(bytes, (x) => x / 3 - 20);
const labels = Float32Array.from({ length: COUNT }, (_, i) => i % 3);
const mean = Float32Array.from({ length: size }, (_, i) => (i * 13) % 50);

interface Case {
  name: string;
  images?: number;
  items?: number;
  fill?: number;
  floats?: boolean;
  mean?: boolean;
  means?: number[];
  split?: number;
  bent?: boolean;
}

const CASES: Case[] = [
  { name: 'the border goes on' },
  { name: 'a colour beyond the border', fill: 200 },
  { name: 'a colour, less the mean', fill: 200, means: [10, 20] },
  { name: 'floats', floats: true },
  { name: 'a mean image', mean: true },
  { name: 'pairs, more than a group of them', images: 2, items: 19 },
  { name: 'Caffe order', split: 0, images: 2 },
  { name: 'bends', bent: true },
  { name: 'bends of pairs, a colour beyond the border', bent: true, images: 2, items: 19, fill: 200 },
];

describe.each([1, 2])('on %i threads', (threads) => {
  test.each(CASES)('$name', async (one) => {
    const { images = 1, items = 5, split = 1 } = one;
    const total = items * images;
    const attributes: Record<string, Attribute> = {
      scale: SCALE,
      images_per_blob: images,
      mean_values: one.means ?? [],
    };
    if (images > 1) attributes.output_all_labels = true;
    if (one.fill !== undefined) attributes.warp_fill = one.fill;
    const plan = dataPlan(items, images, split, attributes);
    using engine = new Engine(plan, { threads });
    engine.setRecords(0, {
      ...(one.floats ? { floats } : { bytes }),
      labels,
      count: COUNT,
      channels: CHANNELS,
      height: HEIGHT,
      width: WIDTH,
    });
    if (one.mean) engine.setMean(0, mean);
    const order = Int32Array.from({ length: total }, (_, i) => (i * 5) % COUNT);
    // Turned, stretched and moved far enough to leave the record on every side.
    const numbers = one.bent ? BENT_WARP : AFFINE_WARP;
    const warps = Float32Array.from({ length: numbers * total }, (_, k) => {
      const which = k % numbers;
      const base = [1, 0, 0, 0, 1, 0][which] ?? 0;
      return base + (which === 2 || which === 5 ? 4 : which > 5 ? 1.5 : 0.4) * Math.sin(k * 1.7);
    });
    const labelShifts = Float32Array.from({ length: total }, (_, i) => 10 * (i % 4));
    await engine.run({ count: 1, mode: 'forward', feeds: [{ order, warps, labelShifts }] });
    expect([...engine.read('label')]).toEqual([...order].map((record, i) => labels[record]! + labelShifts[i]!));
    const expected = [...order].flatMap((record, i) =>
      warped(one, record, warps.subarray(numbers * i, numbers * (i + 1))),
    );
    // Positions are float32: half an ulp of 10 times the step of 1 between neighbouring pixels.
    expectClose(engine.read('data'), expected, 1e-4, 'pixels');
  });
});

test('a map that is not finite is refused', async () => {
  const plan = dataPlan(1, 1, 1, { scale: 1 });
  using engine = new Engine(plan);
  engine.setRecords(0, { bytes, labels, count: COUNT, channels: CHANNELS, height: HEIGHT, width: WIDTH });
  const warps = Float32Array.of(1, 0, Number.NaN, 0, 1, 0);
  const run = engine.run({ count: 1, mode: 'forward', feeds: [{ order: Int32Array.of(0), warps }] });
  await expect(run).rejects.toThrow(/not finite/);
});

function dataPlan(items: number, images: number, split: number, attributes: Record<string, Attribute>): Plan {
  const maker = new PlanMaker();
  const top = maker.blob('data', [items, images * CHANNELS, HEIGHT, WIDTH], split);
  const label = maker.blob('label', images === 1 ? [items] : [items, images], split);
  const layer = maker.layer({ name: 'data', type: 'Data', tops: [top, label], attributes });
  maker.plan.feeds.push({ layer, name: 'data', recordsPerPass: items * images });
  return maker.plan;
}

function warped({ fill, means, ...one }: Case, record: number, map: Float32Array) {
  const [a, b, c, d, e, f] = map;
  const out: number[] = [];
  for (let channel = 0; channel < CHANNELS; channel++) {
    const pixel = (x: number, y: number) => {
      const outside = x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT;
      if (outside && fill !== undefined) return (fill - (means?.[channel] ?? 0)) * SCALE;
      const [cx, cy] = [Math.min(Math.max(x, 0), WIDTH - 1), Math.min(Math.max(y, 0), HEIGHT - 1)];
      const at = (channel * HEIGHT + cy) * WIDTH + cx;
      const value = (one.floats ? floats : bytes)[record * size + at]!;
      return (value - (one.mean ? mean[at]! : (means?.[channel] ?? 0))) * SCALE;
    };
    for (let row = 0; row < HEIGHT; row++) {
      for (let col = 0; col < WIDTH; col++) {
        const bentX = col + bend(map.subarray(6, 42), col, row);
        const bentY = row + bend(map.subarray(42), col, row);
        const x = Math.min(Math.max(a! * bentX + b! * bentY + c!, -1), WIDTH);
        const y = Math.min(Math.max(d! * bentX + e! * bentY + f!, -1), HEIGHT);
        const [left, top] = [Math.floor(x), Math.floor(y)];
        const [u, v] = [x - left, y - top];
        const above = (1 - u) * pixel(left, top) + u * pixel(left + 1, top);
        const below = (1 - u) * pixel(left, top + 1) + u * pixel(left + 1, top + 1);
        out.push((1 - v) * above + v * below);
      }
    }
  }
  return out;
}

/**
 * Displacement of a pixel by 6 x 6 control points a third of the image apart, the second lying on the first pixel: the sum
 * over all of them of the cubic B-spline of their distances. None: 0.
 */
function bend(points: Float32Array, col: number, row: number): number {
  const spline = (distance: number) => {
    const t = Math.abs(distance);
    return t >= 2 ? 0 : t >= 1 ? (2 - t) ** 3 / 6 : 2 / 3 - t ** 2 + t ** 3 / 2;
  };
  return points.reduce((sum, point, i) => {
    const across = spline((3 * col) / (WIDTH - 1) - ((i % 6) - 1));
    return sum + point * across * spline((3 * row) / (HEIGHT - 1) - (Math.floor(i / 6) - 1));
  }, 0);
}
