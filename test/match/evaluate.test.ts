/** From records to accuracy: a net whose encodings are known, on records in memory. */
import { MemorySource } from '../../src/data/index';
import {
  computeCentroids,
  Encoder,
  evaluate,
  evaluateAfresh,
  evaluatePixelRows,
  evaluatePixels,
} from '../../src/match/index';
import { parseNet, type Weights } from '../../src/proto/files';

/** The encoding of a 1 x 2 image is its pixels, halved. */
const NET = `
  name: "half"
  layer { name: "d" type: "Data" top: "pair" top: "sim" transform_param { scale: 0.5 } data_param { images_per_blob: 2 } }
  layer { name: "s" type: "Slice" bottom: "pair" top: "a" top: "b" slice_param { axis: 1 } }
  layer { name: "f" type: "InnerProduct" bottom: "a" top: "f" inner_product_param { num_output: 2 bias_term: false } }
  layer { name: "g" type: "InnerProduct" bottom: "b" top: "g" inner_product_param { num_output: 2 bias_term: false } }
  layer { name: "l" type: "ContrastiveLoss" bottom: "f" bottom: "g" bottom: "sim" top: "l" }`;
const matrix = (...values: number[]): Weights => ({
  name: '',
  layers: [{ name: 'f', type: 'InnerProduct', blobs: [{ shape: [2, 2], data: Float32Array.from(values) }] }],
});

function source(name: string, records: [label: number, ...pixels: [number, number]][]): MemorySource {
  return MemorySource.of(name, {
    bytes: Uint8Array.from(records.flatMap(([, ...pixels]) => pixels)),
    labels: Float32Array.from(records, ([label]) => label),
    count: records.length,
    channels: 1,
    height: 1,
    width: 2,
  });
}

const train = source('train', [
  [1, 0, 0],
  [1, 4, 0],
  [2, 100, 10],
  [2, 100, 30],
]);
// Right, right, wrong, and exactly between the means (2, 0) and (100, 20): a tie counts as wrong.
const test4 = source('test', [
  [1, 2, 0],
  [2, 90, 20],
  [2, 3, 0],
  [1, 51, 10],
]);

const encoder = () =>
  Encoder.fromNet(parseNet(NET, 'net').message, matrix(1, 0, 0, 1), { recordShape: [1, 1, 2], batchSize: 3 });

test('centroids from training records, each test record once', async () => {
  using half = encoder();
  const progress: number[] = [];
  const centroids = await computeCentroids(half, train, { quantile: 1, onProgress: (share) => progress.push(share) });
  expect(progress.at(-1)).toBe(1);
  expect(centroids).toMatchObject({
    net: 'half',
    encoding: 'f',
    dimension: 2,
    source: 'train',
    records: 4,
    quantile: 1,
  });
  expect(centroids.classes.map(({ label, count, mean }) => [label, count, ...mean])).toEqual([
    [1, 2, 1, 0],
    [2, 2, 50, 10],
  ]);
  const result = await evaluate(half, centroids, test4);
  expect(result).toMatchObject({ total: 4, correct: 2, accuracy: 0.5, ties: 1 });
  expect(result.confusion).toEqual([
    [2, 0],
    [1, 1],
  ]);
  expect([...result.encodings]).toEqual([1, 0, 45, 10, 1.5, 0, 25.5, 5]);
  expect([...result.labels]).toEqual([1, 2, 2, 1]);
});

test('raw pixels, and a net that sees nothing', async () => {
  expect(await evaluatePixels(train, test4)).toMatchObject({ total: 4, correct: 2, ties: 1 });
  expect(await evaluatePixelRows(train, test4)).toMatchObject({ total: 4, correct: 2, ties: 1 });
  using blind = encoder();
  blind.setWeights(matrix(0, 0, 0, 0));
  // All encodings are one point: every match is a tie.
  expect(await evaluateAfresh(blind, train, test4)).toMatchObject({ accuracy: 0, ties: 4 });
});

test('records of another shape', async () => {
  using half = encoder();
  const wide = MemorySource.of('wide', {
    bytes: new Uint8Array(3),
    labels: new Float32Array(1),
    count: 1,
    channels: 1,
    height: 1,
    width: 3,
  });
  await expect(computeCentroids(half, wide)).rejects.toMatchObject({
    code: 'data',
    message: 'the records of wide are 1 x 1 x 3, the net takes 1 x 1 x 2',
  });
});
