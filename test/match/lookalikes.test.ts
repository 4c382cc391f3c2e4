/** What looks like no training image is unknown, wherever the net puts it. */
import { MemorySource } from '../../src/data/index';
import type { RecordSet } from '../../src/engine/native';
import { computeCentroids, Encoder, Matcher } from '../../src/match/index';
import { isSpread, likenesses, pickLookalikes } from '../../src/match/lookalikes';
import { parseNet } from '../../src/proto/files';

function records(...images: [number, number][]): RecordSet {
  return {
    bytes: Uint8Array.from(images.flat()),
    labels: new Float32Array(images.length),
    count: images.length,
    channels: 1,
    height: 1,
    width: 2,
  };
}

test('the difference is that of pixels to the nearest stored image, in root mean square', async () => {
  const source = MemorySource.of('m', records([0, 0], [30, 40], [0, 10], [36, 48]));
  // Records 0 and 1 are stored, one per class; 2 and 3 set the thresholds.
  const lookalikes = (await pickLookalikes(source, Int32Array.of(0, 1), Int32Array.of(0, 1, 0, 1), 1))!;
  expect(lookalikes).toMatchObject({ images: Uint8Array.of(0, 0, 30, 40), classes: Int32Array.of(0, 1) });
  // (0, 10) is sqrt(100 / 2) off, (36, 48) is sqrt(100 / 2) off.
  expect(lookalikes.thresholds).toEqual([Math.fround(Math.sqrt(50)), Math.fround(Math.sqrt(50))]);
  const [near, between] = likenesses(lookalikes, records([0, 2], [30, 0]))!;
  expect(near).toEqual({ difference: Math.sqrt(2), threshold: Math.fround(Math.sqrt(50)) });
  expect(between!.difference).toBeCloseTo(Math.sqrt(450), 5);
  expect(likenesses(lookalikes, { ...records([0, 2]), height: 2, width: 1 })).toBeUndefined();
});

test('a set that is stored whole takes its thresholds from itself, each image left out in turn', async () => {
  const source = MemorySource.of('m', records([0, 0], [0, 4], [90, 90]));
  const lookalikes = (await pickLookalikes(source, Int32Array.of(0, 1, 2), Int32Array.of(0, 0, 1), 0.5))!;
  // Nearest to each other: 0 and 1, sqrt(8) apart; the third is nearest to 1.
  expect(lookalikes.thresholds[0]).toBeCloseTo(Math.sqrt(8), 5);
});

test('records that are no bytes, or too large to keep', async () => {
  const { bytes, ...rest } = records([0, 0], [1, 1]);
  const floats = MemorySource.of('m', { ...rest, floats: Float32Array.from(bytes!) });
  expect(await pickLookalikes(floats, Int32Array.of(0), Int32Array.of(0, 0), 1)).toBeUndefined();
  const large: RecordSet = {
    bytes: new Uint8Array(2 ** 24),
    labels: new Float32Array(1),
    count: 1,
    channels: 1,
    height: 2 ** 12,
    width: 2 ** 12,
  };
  expect(await pickLookalikes(MemorySource.of('m', large), Int32Array.of(0), Int32Array.of(0), 1)).toBeUndefined();
});

test('items are spread evenly', () => {
  const spread = (length: number, most: number) =>
    Array.from({ length }, (_, i) => i).filter((i) => isSpread(i, length, most));
  expect(spread(10, 2)).toEqual([4, 9]);
  expect(spread(3, 5)).toEqual([0, 1, 2]);
  for (const [length, most] of [
    [5923, 100],
    [7, 3],
    [1, 1],
    [1000, 999],
  ] as const)
    expect(spread(length, most)).toHaveLength(most);
  expect(spread(5, 0)).toEqual([]);
});

test('a net that maps all to one place still knows a strange image', async () => {
  const net = parseNet(
    `layer { name: "d" type: "Data" top: "x" }
     layer { name: "f" type: "InnerProduct" bottom: "x" top: "f" inner_product_param { num_output: 1 bias_term: false } }`,
    'net',
  ).message;
  const blind = { name: '', layers: [{ name: 'f', type: '', blobs: [{ shape: [1, 2], data: new Float32Array(2) }] }] };
  using encoder = Encoder.fromNet(net, blind, { recordShape: [1, 1, 2], encoding: 'f' });
  const train = Array.from({ length: 300 }, (_, i): [number, number] => [100 + (i % 5), 50 + (i % 7)]);
  const centroids = await computeCentroids(encoder, MemorySource.of('m', records(...train)), { quantile: 1 });
  const images = records([102, 53], [0, 255]);
  const encodings = await encoder.encode(images);
  const matches = new Matcher(centroids).match(encodings, images);
  expect(matches.map(({ label, distance, unknown, reason }) => [label, distance, unknown, reason])).toEqual([
    [0, 0, false, undefined],
    [0, 0, true, 'image'],
  ]);
  expect(matches[1]!.likeness!.difference).toBeGreaterThan(100);
  // Without the images, and with a threshold of the user's, only the distance counts.
  expect(new Matcher(centroids).match(encodings).map(({ unknown }) => unknown)).toEqual([false, false]);
  expect(new Matcher(centroids, { threshold: 1 }).match(encodings, images).map(({ unknown }) => unknown)).toEqual([
    false,
    false,
  ]);
});
