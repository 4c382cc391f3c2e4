/** A net whose encodings are known, the pixels of a 1 x 2 image halved, as a snapshot with centroids in a folder. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import { MemorySource } from '../../src/data/index';
import {
  type Centroids,
  centroidFileOf,
  computeCentroids,
  digestOf,
  Encoder,
  writeCentroids,
} from '../../src/match/index';
import { encodeNetWithBlobs, parseNet, type Weights } from '../../src/proto/files';

const NET = `
  name: "half"
  layer { name: "d" type: "Data" top: "pair" top: "sim" transform_param { scale: 0.5 } data_param { images_per_blob: 2 } }
  layer { name: "s" type: "Slice" bottom: "pair" top: "a" top: "b" slice_param { axis: 1 } }
  layer { name: "f" type: "InnerProduct" bottom: "a" top: "f" inner_product_param { num_output: 2 bias_term: false } }
  layer { name: "g" type: "InnerProduct" bottom: "b" top: "g" inner_product_param { num_output: 2 bias_term: false } }
  layer { name: "l" type: "ContrastiveLoss" bottom: "f" bottom: "g" bottom: "sim" top: "l" }`;

/** Label, then the two pixels of each record. */
export type Pixels = readonly [label: number, left: number, right: number];

/** Two classes: means (10, 10) and (90, 10), every record 2 from its mean. */
export const RECORDS: readonly Pixels[] = [
  [1, 16, 20],
  [1, 24, 20],
  [2, 176, 20],
  [2, 184, 20],
];

export function sourceOf(records: readonly Pixels[], name = 'known'): MemorySource {
  return MemorySource.of(name, {
    bytes: Uint8Array.from(records.flatMap(([, ...pixels]) => pixels)),
    labels: Float32Array.from(records, ([label]) => label),
    count: records.length,
    channels: 1,
    height: 1,
    width: 2,
  });
}

export function knownEncoder(scale = 1): Encoder {
  const weights: Weights = {
    name: '',
    layers: [
      { name: 'f', type: 'InnerProduct', blobs: [{ shape: [2, 2], data: Float32Array.of(scale, 0, 0, scale) }] },
    ],
  };
  return Encoder.fromNet(parseNet(NET, 'half').message, weights, { recordShape: [1, 1, 2], threads: 1 });
}

/** Writes `<folder>/half_iter_1.caffemodel` and its centroids; `scale` makes other weights. */
export async function writeKnownNet(scale = 1): Promise<{ folder: string; caffemodel: string; centroids: Centroids }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siamese-known-'));
  const caffemodel = path.join(folder, 'half_iter_1.caffemodel');
  const data = Float32Array.of(scale, 0, 0, scale);
  const layer = [{ name: 'f', type: 'InnerProduct', blobs: [{ shape: { dim: [2, 2] }, data }] }];
  writeFileSync(caffemodel, encodeNetWithBlobs({ name: 'half', layer }));
  using encoder = knownEncoder(scale);
  const centroids = await computeCentroids(encoder, sourceOf(RECORDS), {
    caffemodel: { file: caffemodel, sha256: digestOf(caffemodel) },
  });
  writeCentroids(centroidFileOf(caffemodel), centroids);
  return { folder, caffemodel, centroids };
}

/** A gray PNG of two pixels. */
export function writePixels(file: string, left: number, right: number): string {
  const png = new PNG({ width: 2, height: 1 });
  png.data.set([left, left, left, 255, right, right, right, 255]);
  writeFileSync(file, PNG.sync.write(png, { colorType: 0 }));
  return file;
}
