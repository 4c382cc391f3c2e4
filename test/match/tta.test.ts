/** Test-time augmentation: which changes, and that their encodings are averaged, against arithmetic of the test's own. */
import type { RecordSet } from '../../src/engine/native';
import { Encoder } from '../../src/match/index';
import { smallWarps } from '../../src/match/tta';
import { parseNet, type Weights } from '../../src/proto/files';

const SIDE = 6;
const NET = (affine: string) => `
  name: "pixels"
  layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TRAIN } transform_param { ${affine} } data_param { } }
  layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TEST } data_param { } }
  layer { name: "f" type: "InnerProduct" bottom: "data" top: "f"
    inner_product_param { num_output: ${SIDE * SIDE} bias_term: false } }
  layer { name: "l" type: "SupervisedContrastiveLoss" bottom: "f" bottom: "label" top: "l" }`;
const identity = Float32Array.from({ length: SIDE ** 4 }, (_, i) => (i % (SIDE ** 2 + 1) === 0 ? 1 : 0));
const weights: Weights = {
  name: '',
  layers: [{ name: 'f', type: 'InnerProduct', blobs: [{ shape: [SIDE ** 2, SIDE ** 2], data: identity }] }],
};
const images = (count: number, from = 0): RecordSet => ({
  bytes: Uint8Array.from({ length: count * SIDE ** 2 }, (_, i) => ((i + from * SIDE ** 2) * 37) % 251),
  labels: new Float32Array(count),
  count,
  channels: 1,
  height: SIDE,
  width: SIDE,
});
const encoderOf = (affine: string) =>
  Encoder.fromNet(parseNet(NET(affine), 'n').message, weights, { recordShape: [1, SIDE, SIDE], threads: 1 });

/** Bilinear, float64; `fill` beyond the border, or the nearest pixel. */
function seen(pixels: Uint8Array, [a, b, c, d, e, f]: number[], fill?: number): number[] {
  const at = (x: number, y: number) => {
    const [u, v] = [x, y].map((value) => Math.min(SIDE - 1, Math.max(0, value))) as [number, number];
    return fill === undefined || (u === x && v === y) ? pixels[v * SIDE + u]! : fill;
  };
  return Array.from({ length: SIDE ** 2 }, (_, i) => {
    const [col, row] = [i % SIDE, Math.floor(i / SIDE)];
    const [x, y] = [a! * col + b! * row + c!, d! * col + e! * row + f!];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const mix = (p: number, q: number, t: number) => p + t * (q - p);
    const line = (v: number) => mix(at(left, v), at(left + 1, v), x - left);
    return mix(line(top), line(top + 1), y - top);
  });
}

test.each([
  ['affine_param { rotation: 20 translation: 1 scale: 0.1 shear: 0.1 fill_value: 200 }', 200],
  ['affine_param { rotation: 20 translation: 1 }', undefined],
  ['', undefined],
])('the mean over the image and its changed copies: %s', async (affine, fill) => {
  using encoder = encoderOf(affine);
  const set = images(3);
  const averaged = await encoder.encode(set, { tta: 5 });
  const maps = smallWarps(5, [1, SIDE, SIDE], 0, encoder.tower.affine);
  for (let i = 0; i < 3; i++) {
    const pixels = set.bytes!.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2);
    const copies = Array.from({ length: 5 }, (_, c) => seen(pixels, [...maps.subarray(6 * c, 6 * c + 6)], fill));
    for (let p = 0; p < SIDE ** 2; p++) {
      const mean = copies.reduce((sum, copy) => sum + copy[p]!, 0) / 5;
      // Coordinates in 32 bits are off by 1e-6, times a step of 250 between pixels.
      expect(Math.abs(averaged[i * SIDE ** 2 + p]! - mean)).toBeLessThan(1e-3);
    }
  }
  expect(await encoder.encode(set, { tta: 1 })).toEqual(Float32Array.from(set.bytes!));
});

test('an encoding depends on no other image, and is the same again', async () => {
  using encoder = encoderOf('affine_param { rotation: 10 }');
  const all = await encoder.encode(images(4), { tta: 7 });
  for (const i of [0, 3]) {
    const one = await encoder.encode(images(1, i), { tta: 7 });
    expect(one).toEqual(all.subarray(i * SIDE ** 2, (i + 1) * SIDE ** 2));
  }
});

test('changes: the first is none; ranges are the training ones, else small; a crop is from the middle', () => {
  const maps = smallWarps(200, [1, 20, 20], 16, { rotation: 30 });
  expect([...maps.subarray(0, 6)].map((value) => value + 0)).toEqual([1, 0, 2, 0, 1, 2]);
  const angles = Array.from({ length: 200 }, (_, i) => (Math.atan2(maps[6 * i + 3]!, maps[6 * i]!) * 180) / Math.PI);
  expect(Math.max(...angles.map(Math.abs))).toBeLessThanOrEqual(30.0001);
  expect(Math.max(...angles.map(Math.abs))).toBeGreaterThan(25);
  // The middle of the crop stays where it is.
  for (let i = 0; i < 200; i++) {
    const [a, b, c] = maps.subarray(6 * i, 6 * i + 3);
    expect(7.5 * a! + 7.5 * b! + c!).toBeCloseTo(9.5, 4);
  }
  const small = smallWarps(50, [1, 100, 100], 0, undefined);
  const centres = Array.from({ length: 50 }, (_, i) => 49.5 * (small[6 * i]! + small[6 * i + 1]!) + small[6 * i + 2]!);
  const moved = centres.map((x) => Math.abs(x - 49.5));
  expect(Math.max(...moved)).toBeGreaterThan(1);
  expect(Math.max(...moved)).toBeLessThan(4);
});

test('the deploy net keeps how training warped', () => {
  using encoder = encoderOf('affine_param { rotation: 10 fill_value: 255 }');
  using again = Encoder.fromNet(encoder.deploy, weights, { encoding: 'f' });
  expect(again.tower.affine).toMatchObject({ rotation: 10, fill_value: 255 });
  expect(again.tower.transform ?? {}).toEqual({});
});

test('normalised encodings: the mean of the copies is taken as it is, within the unit sphere', async () => {
  const normalised = NET('affine_param { rotation: 20 }').replace(
    'layer { name: "l"',
    'layer { name: "n" type: "Normalization1" bottom: "f" top: "n" }\n layer { name: "l"',
  );
  const param = parseNet(normalised.replace('bottom: "f" bottom: "label"', 'bottom: "n" bottom: "label"'), 'n').message;
  using unit = Encoder.fromNet(param, weights, { recordShape: [1, SIDE, SIDE], threads: 1 });
  using plain = encoderOf('affine_param { rotation: 20 }');
  const copies = 4;
  const one = images(1);
  const size = SIDE ** 2;
  const norm = (values: ArrayLike<number>) => Math.hypot(...Array.from(values));
  expect(norm(await unit.encode(one))).toBeCloseTo(1, 5);
  const averaged = await unit.encode(one, { tta: copies });
  const maps = smallWarps(copies, [1, SIDE, SIDE], 0, plain.tower.affine);
  const mean = new Float64Array(size);
  for (let c = 0; c < copies; c++) {
    const copy = seen(one.bytes!, [...maps.subarray(6 * c, 6 * c + 6)]);
    for (let p = 0; p < size; p++) mean[p]! += copy[p]! / norm(copy) / copies;
  }
  for (let p = 0; p < size; p++) expect(averaged[p]).toBeCloseTo(mean[p]!, 5);
  expect(norm(averaged)).toBeLessThan(0.99);
});
