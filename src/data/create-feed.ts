/** Makes a Data layer's feed from its prototxt and an open source. */
import { SiameseError } from '../errors.js';
import { positionOf } from '../proto/positions.js';
import { filled } from '../proto/schema.js';
import { Cropper } from './cropper.js';
import type { Feed, FeedOptions } from './feed.js';
import { LabelIndex } from './label-index.js';
import { readMeanFile } from './mean-file.js';
import { findFile } from './open-source.js';
import { Random, usedSeed } from './random.js';
import { RecordFeed } from './record-feed.js';
import { Sampler, STREAM } from './sampler.js';

const RESIDENT_LIMIT = 2 ** 30;

export async function createFeed(options: FeedOptions): Promise<Feed> {
  const { layer, phase, source } = options;
  const { info } = source;
  const data = filled('DataParameter', layer.data_param);
  const transform = filled('TransformationParameter', layer.transform_param);
  const seed = usedSeed(options.seed);
  const images = data.images_per_blob;
  const balanced = images > 1 && data.balance_matches;

  // A source that fits is read at once, and its labels with it; of another the labels are read alone.
  const size = info.count * info.channels * info.height * info.width;
  const resident = size <= (options.residentLimit ?? RESIDENT_LIMIT) ? await source.all() : undefined;
  const index = new LabelIndex(resident?.labels ?? (await source.labels()));
  for (const note of info.notes ?? []) warnAt(options, 'data_param.source', note);
  if (balanced) checkPairs(options, index);

  const sampler = new Sampler({
    records: info.count,
    imagesPerItem: images,
    balanced,
    random: layer.data_param?.enable_random_selection ?? images > 1,
    // As in Caffe: fewer than rand_skip, at random, so that several solvers do not all begin alike.
    skip: data.rand_skip > 0 ? Random.seeded(seed, STREAM.skip).below(data.rand_skip) : 0,
    seed,
    index,
  });
  const cropper = new Cropper(
    {
      height: info.height,
      width: info.width,
      cropSize: transform.crop_size,
      mirror: transform.mirror,
      randomCrop: phase === 'TRAIN',
    },
    Random.seeded(seed, STREAM.crops),
  );
  return new RecordFeed({
    name: layer.name ?? '',
    source,
    resident,
    mean: transform.mean_file ? readMean(options, transform.mean_file) : undefined,
    index,
    sampler,
    cropper,
    imagesPerItem: images,
    itemsPerPass: data.batch_size,
    seed,
  });
}

function warnAt({ layer, warn }: FeedOptions, field: string, message: string): void {
  const details = { layer: layer.name, at: positionOf(layer, field) };
  warn?.(new SiameseError('data', `layer "${layer.name}" (${layer.type}): ${message}`, details));
}

function checkPairs(options: FeedOptions, index: LabelIndex): void {
  const warn = (message: string) =>
    warnAt(options, 'data_param.balance_matches', `${options.source.info.name}: ${message}`);
  if (index.labels.length === 1) {
    warn(`all ${index.records} records have label ${index.labels[0]}, so that no pair can be of different labels`);
  }
  const single = index.labels.filter((_, k) => index.size(k) === 1);
  if (single.length > 0) {
    warn(`${single.length} labels have one record only, which is paired with itself for "same" (label ${single[0]})`);
  }
}

function readMean(options: FeedOptions, name: string): Float32Array {
  const { layer, source, baseFolder = '.' } = options;
  const { channels, height, width } = source.info;
  try {
    return readMeanFile(findFile(name, baseFolder), [channels, height, width]);
  } catch (error) {
    if (!(error instanceof SiameseError)) throw error;
    throw new SiameseError(error.code, `layer "${layer.name}" (${layer.type}): ${error.message}`, {
      layer: layer.name,
      at: positionOf(layer, 'transform_param.mean_file'),
      cause: error,
    });
  }
}
