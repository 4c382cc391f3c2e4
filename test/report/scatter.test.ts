import { PNG } from 'pngjs';
import { niceStep } from '../../src/report/axes';
import { classColor } from '../../src/report/colors';
import { project, scatter } from '../../src/report/index';
import { toPng } from '../../src/report/raster';

/** Counts the pixels of each colour, as "r,g,b". */
function colorsOf(bytes: Buffer): { width: number; height: number; count: (color: readonly number[]) => number } {
  const { width, height, data } = PNG.sync.read(bytes);
  const counts = new Map<string, number>();
  for (let i = 0; i < data.length; i += 4) {
    const key = [...data.subarray(i, i + 3)].join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return { width, height, count: (color) => counts.get(color.join()) ?? 0 };
}

test('points are coloured by class, in the legend too, and centroids are named', () => {
  const classes = [3, 8].map((label) => ({ label, name: String(label) }));
  const points = Float32Array.of(0, 0, 1, 0, 0, 1, 5, 5);
  const picture = colorsOf(
    toPng(scatter(points, [3, 3, 3, 8], { title: 'a title', classes, width: 400, height: 300 })),
  );
  expect([picture.width, picture.height]).toEqual([400, 300]);
  // Points are blended over white at 0.75, legend dots are not.
  const blended = (i: number) => classColor(i, 2).map((c) => Math.round(255 + (c - 255) * 0.75));
  const perPoint = picture.count(blended(1));
  expect(perPoint).toBeGreaterThan(20);
  // Three points; each covers a few pixels more or less, by where it falls between them.
  expect(picture.count(blended(0)) / perPoint).toBeGreaterThan(2);
  expect(picture.count(blended(0)) / perPoint).toBeLessThan(4);
  expect(picture.count(classColor(0, 2))).toBeGreaterThan(50);
  expect(picture.count(classColor(1, 2))).toBe(picture.count(classColor(0, 2)));

  const named = colorsOf(
    toPng(
      scatter(points, [3, 3, 3, 8], {
        title: '',
        classes,
        centroids: Float32Array.of(0.3, 0.3, 5, 5),
        width: 400,
        height: 300,
      }),
    ),
  );
  // Its name covers the only point of class 8.
  expect(named.count(blended(1))).toBeLessThan(perPoint);
});

test('one point, no points, points that are no numbers, and more classes than the legend holds', () => {
  const classes = Array.from({ length: 200 }, (_, label) => ({ label, name: `class ${label}` }));
  for (const points of [Float32Array.of(7, 7), new Float32Array(0), Float32Array.of(Number.NaN, 1, 2, Infinity)]) {
    expect(colorsOf(toPng(scatter(points, [0, 1], { title: 't', classes, width: 300, height: 200 }))).width).toBe(300);
  }
});

test('colours of many classes differ', () => {
  const colors = new Set(Array.from({ length: 100 }, (_, i) => classColor(i, 100).join()));
  expect(colors.size).toBe(100);
});

test('ticks are 1, 2 or 5 times a power of ten apart', () => {
  expect([0.07, 0.1, 0.11, 0.3, 1, 3, 7, 12].map(niceStep).map((step) => Number(step.toPrecision(3)))).toEqual([
    0.1, 0.1, 0.2, 0.5, 1, 5, 10, 20,
  ]);
});

describe('projection', () => {
  test('encodings of two numbers stay as they are', () => {
    const points = Float32Array.of(1, 2, 3, 4);
    expect(project(points, 2)).toMatchObject({ points, share: 1 });
    expect([...project(Float32Array.of(5, 6), 1).points]).toEqual([5, 0, 6, 0]);
  });

  test('longer ones give their two principal components', () => {
    // Variance 4 along (1, 1, 0) / sqrt 2, 1 along (0, 0, 1), none along the third axis.
    const along = [[1, 1, 0].map((x) => x / Math.SQRT2), [0, 0, 1]];
    const signs = [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ];
    const encodings = Float32Array.from(
      signs.flatMap(([a, b]) => [0, 1, 2].map((k) => 10 + 2 * a! * along[0]![k]! + b! * along[1]![k]!)),
    );
    const { points, share, apply } = project(encodings, 3);
    expect(share).toBeCloseTo(1, 6);
    signs.forEach(([a, b], i) => {
      expect(Math.abs(points[2 * i]!)).toBeCloseTo(2, 5);
      expect(Math.abs(points[2 * i + 1]!)).toBeCloseTo(1, 5);
      // Up to the direction of each axis, which is free.
      expect(Math.sign(points[2 * i]! * points[0]!)).toBe(a);
      expect(Math.sign(points[2 * i + 1]! * points[1]!)).toBe(b);
    });
    expect([...apply(Float32Array.of(10, 10, 10))].map((x) => Math.abs(x))).toEqual([
      expect.closeTo(0, 5),
      expect.closeTo(0, 5),
    ]);
  });

  test('encodings that are all alike', () => {
    expect(project(new Float32Array(12).fill(3), 4)).toMatchObject({ points: new Float32Array(6), share: 1 });
  });
});
