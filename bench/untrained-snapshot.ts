/** A snapshot of the 64-dimensional MNIST net with centroids, to match with; its weights are as they are before training. */
import { writeFileSync } from 'node:fs';
import {
  type Centroids,
  centroidFileOf,
  computeCentroids,
  cutTower,
  Encoder,
  encodeNetWithBlobs,
  fingerprintOf,
  MemorySource,
  openSource,
  type RecordSet,
  readNet,
  untrainedWeights,
  writeCentroids,
} from 'siamese';

const NET = 'models/siamese_mnist/train_val_64.prototxt';
/** Records that the trained classes are of. */
export const TRAINED = 2000;

export interface Snapshot {
  centroids: Centroids;
  records: RecordSet;
  /** Of the records. */
  encodings: Float32Array;
}

/** Writes the file and its centroids, of the first images of the test set. The work is that of a trained net. */
export async function writeSnapshot(caffemodel: string): Promise<Snapshot> {
  const net = readNet(NET).message;
  const recordShape = [1, 28, 28] as const;
  const weights = untrainedWeights(cutTower(net), recordShape, 1);
  const layer = weights.layers.map(({ name, type, blobs }) => ({
    name,
    type,
    blobs: blobs.map(({ shape, data }) => ({ shape: { dim: shape }, data })),
  }));
  writeFileSync(caffemodel, encodeNetWithBlobs({ name: net.name, layer }));
  using encoder = Encoder.fromNet(net, weights, { recordShape });
  const source = await openSource('mnist:test');
  const records = await source.read(Int32Array.from({ length: TRAINED }, (_, i) => i));
  const centroids = await computeCentroids(encoder, MemorySource.of('bench', records), {
    caffemodel: fingerprintOf(caffemodel, encoder.deploy),
  });
  writeCentroids(centroidFileOf(caffemodel), centroids);
  return { centroids, records, encodings: await encoder.encode(records) };
}
