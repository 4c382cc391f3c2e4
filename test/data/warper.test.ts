/** The maps that the warper draws: identity, crops, quarter turns, mirrors, bends, ranges, and that they can be resumed. */
import { Random } from '../../src/data/random';
import { MIRRORED } from '../../src/data/turned-classes';
import { Warper } from '../../src/data/warper';
import { AFFINE_WARP, BENT_WARP } from '../../src/engine/native';
import { filled } from '../../src/proto/schema';

const size = { height: 7, width: 7, cropSize: 0 };
const make = (affine?: object, change: object = {}) =>
  new Warper({ ...size, affine: affine && filled('AffineParameter', affine), ...change }, Random.seeded(3, 5));

/** Where pixel (x, y) of image i comes from. */
const at = (maps: Float32Array, i: number, x: number, y: number) => {
  const [a, b, c, d, e, f] = maps.subarray(6 * i, 6 * i + 6) as unknown as number[];
  return [a! * x + b! * y + c!, d! * x + e! * y + f!];
};

test('without a part, nothing moves', () => {
  expect([...make({}).draw(1, undefined, undefined)].map((x) => x + 0)).toEqual([1, 0, 0, 0, 1, 0]);
});

test('crops and mirrors are part of the map', () => {
  const maps = make({}, { cropSize: 3 }).draw(2, Int32Array.of(1, 2, 0, 1, 2, 1), undefined);
  expect([at(maps, 0, 0, 0), at(maps, 0, 2, 1)]).toEqual([
    [2, 1],
    [4, 2],
  ]);
  expect([at(maps, 1, 0, 0), at(maps, 1, 2, 1)]).toEqual([
    [4, 1],
    [2, 2],
  ]);
  expect(at(make({}, { cropSize: 3 }).draw(1, undefined, undefined), 0, 0, 0)).toEqual([2, 2]);
});

test('quarter turns take pixels to pixels exactly, clockwise', () => {
  const maps = make().draw(4, undefined, Int32Array.of(0, 1, 2, 3));
  // What is at the top left after a quarter clockwise was at the bottom left.
  expect([0, 1, 2, 3].map((turn) => at(maps, turn, 0, 0))).toEqual([
    [0, 0],
    [0, 6],
    [6, 6],
    [6, 0],
  ]);
  expect(at(maps, 1, 6, 2)).toEqual([2, 0]);
});

test('a mirror exchanges left and right before the picture is turned', () => {
  const maps = make().draw(2, undefined, Int32Array.of(MIRRORED, MIRRORED + 1));
  expect(at(maps, 0, 0, 2)).toEqual([6, 2]);
  // Turned clockwise, the bottom left comes to the top left; in the mirror that was the bottom right.
  expect(at(maps, 1, 0, 0)).toEqual([6, 6]);
});

test('bends move points by at most so much, and no other number', () => {
  const bent = make({ rotation: 10, elastic: 2, probability: 0.5 }).draw(400, undefined, undefined);
  const straight = make({ rotation: 10, probability: 0.5 }).draw(400, undefined, undefined);
  expect(bent).toHaveLength(400 * BENT_WARP);
  const points: number[] = [];
  for (let i = 0; i < 400; i++) {
    const map = bent.subarray(i * BENT_WARP, (i + 1) * BENT_WARP);
    expect(map.subarray(0, AFFINE_WARP)).toEqual(straight.subarray(i * AFFINE_WARP, (i + 1) * AFFINE_WARP));
    const bend = map.subarray(AFFINE_WARP);
    if (bend.some((point) => point !== 0)) points.push(...bend);
  }
  const whole = points.length / (BENT_WARP - AFFINE_WARP);
  expect(Math.abs(whole - 200)).toBeLessThan(40); // four standard deviations
  expect(Math.max(...points)).toBeLessThanOrEqual(2);
  expect(Math.min(...points)).toBeGreaterThanOrEqual(-2);
  const mean = points.reduce((sum, point) => sum + point, 0) / points.length;
  expect(Math.abs(mean)).toBeLessThan((4 * 2) / Math.sqrt(3 * points.length)); // four standard deviations
  expect(new Set(points).size).toBeGreaterThan(0.99 * points.length);
});

test('a rotation turns the picture about its centre by at most its angle', () => {
  const maps = make({ rotation: 30 }).draw(500, undefined, undefined);
  const angles = Array.from({ length: 500 }, (_, i) => {
    const [x, y] = at(maps, i, 6, 3) as [number, number];
    expect(Math.hypot(x - 3, y - 3)).toBeCloseTo(3, 5);
    expect(at(maps, i, 3, 3)[0]).toBeCloseTo(3, 5);
    return (Math.atan2(y - 3, x - 3) * 180) / Math.PI;
  });
  expect(Math.max(...angles.map(Math.abs))).toBeLessThanOrEqual(30 + 1e-4);
  expect(Math.max(...angles)).toBeGreaterThan(27); // of 500 uniform draws, 25 are expected beyond
  expect(Math.min(...angles)).toBeLessThan(-27);
});

test('a shift of the picture to the right looks up pixels further left', () => {
  const maps = make({ translation: 2 }).draw(200, undefined, undefined);
  const shifts = Array.from({ length: 200 }, (_, i) => at(maps, i, 0, 0)[0]!);
  expect(Math.max(...shifts.map(Math.abs))).toBeLessThanOrEqual(2);
  expect(new Set(shifts).size).toBe(200);
});

test('with probability 0.5 each part is left out half of the time', () => {
  const maps = make({ translation: 2, probability: 0.5 }).draw(1000, undefined, undefined);
  const still = Array.from({ length: 1000 }, (_, i) => at(maps, i, 0, 0)[0]).filter((x) => x === 0).length;
  expect(Math.abs(still - 500)).toBeLessThan(64); // four standard deviations
});

test('goes on after a restore, and one option does not move the numbers of another', () => {
  const warper = make({ rotation: 10 });
  warper.draw(5, undefined, undefined);
  const state = warper.state();
  const next = warper.draw(5, undefined, undefined);
  const resumed = make({ rotation: 10 });
  resumed.restore(state);
  expect(resumed.draw(5, undefined, undefined)).toEqual(next);
  const both = make({ rotation: 10, translation: 3 }).draw(5, undefined, undefined);
  const one = make({ rotation: 10 }).draw(5, undefined, undefined);
  for (let i = 0; i < 5; i++) expect(both[6 * i]).toBe(one[6 * i]);
});
