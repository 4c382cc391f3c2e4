/** Encodings against those that the original Caffe computed, and how records reach the net. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RecordSet } from '../../src/engine/native';
import { Encoder, untrainedWeights } from '../../src/match/index';
import { parseNet, readNet, readWeights, type Weights } from '../../src/proto/files';
import { encode } from '../../src/proto/schema';
import { caffeBlobs, golden } from './caffe-blobs';

const mini = readNet(golden('train_test.prototxt')).message;
const weights = readWeights(golden('init.caffemodel'));

describe("the mini net with Caffe's weights", () => {
  const blob = caffeBlobs('onebatch_init.gold.gz');
  // Caffe's blobs are scaled already; 1/256 is exact, so dividing by it gives the bytes back.
  const images = (name: string): RecordSet => ({
    bytes: Uint8Array.from(blob(name), (value) => value * 256),
    labels: new Float32Array(12),
    count: 12,
    channels: 1,
    height: 28,
    width: 28,
  });

  test.each([
    ['feat', 'data'],
    ['feat_p', 'data_p'],
  ])('%s', async (encoding, input) => {
    using encoder = Encoder.fromNet(mini, weights, { recordShape: [1, 28, 28], batchSize: 5, encoding });
    expect(encoder.dimension).toBe(2);
    const encodings = await encoder.encode(images(input));
    const expected = blob(encoding);
    // 1e-6 is about what another order of 128 summands changes in 32 bits.
    for (const [i, value] of encodings.entries()) {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(expected[i]!)));
    }
    expect(encodings).toHaveLength(expected.length);
  });

  test('one image at a time gives the same as a batch', async () => {
    using encoder = Encoder.fromNet(mini, weights, { recordShape: [1, 28, 28] });
    const all = images('data');
    const batch = await encoder.encode(all);
    for (const i of [0, 7]) {
      const one = await encoder.encode({
        ...all,
        bytes: all.bytes!.subarray(i * 784, (i + 1) * 784),
        labels: new Float32Array(1),
        count: 1,
      });
      for (const [k, value] of one.entries()) expect(value).toBeCloseTo(batch[2 * i + k]!, 5);
    }
  });

  test('its deploy net is an encoder too', async () => {
    using encoder = Encoder.fromNet(mini, weights, { recordShape: [1, 28, 28] });
    using again = Encoder.fromNet(encoder.deploy, weights, { encoding: 'feat' });
    expect(await again.encode(images('data'))).toEqual(await encoder.encode(images('data')));
  });

  test('no records', async () => {
    using encoder = Encoder.fromNet(mini, weights, { recordShape: [1, 28, 28] });
    expect(await encoder.encode({ ...images('data'), count: 0 })).toHaveLength(0);
  });
});

/** An encoder that is a plain sum of pixels, so that the treatment of images shows. */
const SUM = `
  name: "sum"
  layer { name: "d" type: "Data" top: "x" transform_param { scale: 0.5 mean_value: 2 crop_size: 2 mirror: true } }
  layer { name: "f" type: "InnerProduct" bottom: "x" top: "f" inner_product_param { num_output: 1 bias_term: false } }`;
const ones: Weights = {
  name: '',
  layers: [{ name: 'f', type: 'InnerProduct', blobs: [{ shape: [1, 4], data: Float32Array.of(1, 10, 100, 1000) }] }],
};

test('an image is cropped in the middle, its mean subtracted, scaled, and never mirrored', async () => {
  using encoder = Encoder.fromNet(parseNet(SUM, 'sum').message, ones, { recordShape: [1, 4, 4], encoding: 'f' });
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  const records = { bytes, labels: new Float32Array(2), count: 2, channels: 1, height: 4, width: 4 };
  // The middle of the first image is 5 6 / 9 10, of the second 21 22 / 25 26.
  const expected = [5, 21].map((p) => 0.5 * (p - 2 + 10 * (p - 1) + 100 * (p + 2) + 1000 * (p + 3)));
  expect([...(await encoder.encode(records))]).toEqual(expected);
  expect([
    ...(await encoder.encode({ ...records, bytes: bytes.subarray(16), labels: new Float32Array(1), count: 1 })),
  ]).toEqual([expected[1]]);
});

test('a mean image is subtracted before the crop, from its file or as given', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'encoder-'));
  const mean = Float32Array.from({ length: 16 }, (_, i) => i);
  writeFileSync(
    path.join(folder, 'mean.binaryproto'),
    encode('BlobProto', { shape: { dim: [1, 1, 4, 4] }, data: mean }),
  );
  const net = parseNet(SUM.replace('mean_value: 2', 'mean_file: "mean.binaryproto"'), 'sum').message;
  const options = { recordShape: [1, 4, 4] as const, encoding: 'f' };
  // Every pixel is 1 above the mean: 0.5 * 1111.
  const bytes = Uint8Array.from(mean, (value) => value + 1);
  const records = { bytes, labels: new Float32Array(1), count: 1, channels: 1, height: 4, width: 4 };
  using fromFile = Encoder.fromNet(net, ones, { ...options, baseFolder: folder });
  expect([...(await fromFile.encode(records))]).toEqual([555.5]);
  using given = Encoder.fromNet(net, ones, { ...options, mean: fromFile.mean });
  expect([...(await given.encode(records))]).toEqual([555.5]);
  expect(() => Encoder.fromNet(net, ones, { ...options, baseFolder: path.join(folder, 'none') })).toThrow(/mean/);
  rmSync(folder, { recursive: true });
});

test('other weights', async () => {
  using encoder = Encoder.fromNet(parseNet(SUM, 'sum').message, ones, { recordShape: [1, 2, 2], encoding: 'f' });
  const records = {
    bytes: Uint8Array.of(4, 4, 4, 4),
    labels: new Float32Array(1),
    count: 1,
    channels: 1,
    height: 2,
    width: 2,
  };
  expect([...(await encoder.encode(records))]).toEqual([1111]);
  encoder.setWeights({
    name: '',
    layers: [{ name: 'f', type: 'InnerProduct', blobs: [{ shape: [1, 4], data: Float32Array.of(1, 1, 1, 2) }] }],
  });
  expect([...(await encoder.encode(records))]).toEqual([5]);
});

test('images of another size, weights that lack a layer, weights of another shape', async () => {
  const options = { recordShape: [1, 4, 4] as const, encoding: 'f', weightsFile: 'w.caffemodel' };
  const records = { bytes: new Uint8Array(9), labels: new Float32Array(1), count: 1, channels: 1, height: 3, width: 3 };
  using encoder = Encoder.fromNet(parseNet(SUM, 'sum').message, ones, options);
  await expect(encoder.encode(records)).rejects.toMatchObject({
    code: 'data',
    message: 'the images are 1 x 3 x 3, the net takes 1 x 4 x 4',
  });

  const image = { ...records, bytes: new Uint8Array(16), height: 4, width: 4 };
  using empty = Encoder.fromNet(parseNet(SUM, 'sum').message, { name: '', layers: [] }, options);
  await expect(empty.encode(image)).rejects.toMatchObject({
    code: 'input',
    message: 'w.caffemodel has no weights for layer "f"',
  });

  const narrow: Weights = {
    name: '',
    layers: [{ name: 'f', type: '', blobs: [{ shape: [1, 3], data: new Float32Array(3) }] }],
  };
  using misfit = Encoder.fromNet(parseNet(SUM, 'sum').message, narrow, options);
  await expect(misfit.encode(image)).rejects.toMatchObject({
    code: 'input',
    message: expect.stringContaining('shape mismatch'),
  });
});

test('untrained weights come from the fillers and the seed', () => {
  using encoder = Encoder.fromNet(mini, weights, { recordShape: [1, 28, 28] });
  const [a, b, c] = [1, 1, 2].map(
    (seed) => untrainedWeights(encoder.tower, [1, 28, 28], seed).layers.find((l) => l.name === 'conv1')!.blobs,
  );
  expect(a).toEqual(b);
  expect(a).not.toEqual(c);
  // xavier: uniform within sqrt(3 / 25).
  expect(Math.max(...a![0]!.data)).toBeLessThan(Math.sqrt(3 / 25));
  expect(Math.max(...a![0]!.data)).toBeGreaterThan(0.9 * Math.sqrt(3 / 25));
  expect(a![1]!.data.every((value) => value === 0)).toBe(true);
});
