/** Computes the centroids of a snapshot from the training records and writes them beside it. */
import type { RecordSource } from '../data/index.js';
import type { Device } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { findLayerType } from '../layers/index.js';
import {
  type Centroids,
  centroidFileOf,
  computeCentroids,
  cutTower,
  Encoder,
  fingerprintOf,
  type Tower,
  writeCentroids,
} from '../match/index.js';
import type { LayerParameter } from '../proto/messages.js';
import type { SnapshotContext } from '../solver/events.js';
import type { Call } from './call.js';

/** Returns the file, or why the net has none: a net that compares no encodings is trained all the same. */
export async function writeSnapshotCentroids(
  { files, param, net, weights, sources }: SnapshotContext,
  { flags }: Call,
  device: Device,
): Promise<{ file: string } | { reason: string }> {
  const options = { level: flags.level, stages: flags.stage, encoding: flags.blob };
  let tower: Tower;
  try {
    tower = cutTower(param, options);
  } catch (error) {
    if (error instanceof SiameseError && error.code === 'input') return { reason: error.message };
    throw error;
  }
  const source = [...sources.values()][0]?.source;
  if (!source) return { reason: 'the net has no Data layer whose records they could be computed from' };
  const { info } = source;
  const channels = net.blobs.findLast(({ name }) => name === tower.input)?.shape[1];
  if (info.channels !== channels)
    return { reason: `the records of ${info.name} are ready-made pairs, without classes` };
  using encoder = Encoder.fromNet(param, weights, {
    ...options,
    recordShape: [info.channels, info.height, info.width],
    threads: flags.threads,
    device,
    weightsFile: files.caffemodel,
  });
  const { file } = await saveCentroids(encoder, source, files.caffemodel);
  return { file };
}

/** A Slice parts the tower's image from a record itself, not from images that the Data layer put together. */
export function readsPairs(layers: readonly LayerParameter[], { input }: Tower): boolean {
  const maker = (type: string, blob: string | undefined) => {
    return layers.find((layer) => findLayerType(layer).type === type && blob && layer.top?.includes(blob));
  };
  const data = maker('Data', maker('Slice', input)?.bottom?.[0]);
  return data !== undefined && (data.data_param?.images_per_blob ?? 1) === 1;
}

export async function saveCentroids(
  encoder: Encoder,
  source: RecordSource,
  caffemodel: string,
  onProgress?: (share: number) => void,
): Promise<{ file: string; centroids: Centroids }> {
  const centroids = await computeCentroids(encoder, source, {
    caffemodel: fingerprintOf(caffemodel, encoder.deploy),
    onProgress,
  });
  const file = centroidFileOf(caffemodel);
  writeCentroids(file, centroids);
  return { file, centroids };
}
