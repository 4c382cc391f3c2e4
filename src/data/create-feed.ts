/** Makes the feed of a layer from its prototxt and an open source. */
import { SiameseError } from '../errors.js';
import type { LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { filled } from '../proto/schema.js';
import { groupsOf } from './class-groups.js';
import { Cropper } from './cropper.js';
import type { Feed, FeedOptions } from './feed.js';
import { warnAt } from './feed-warning.js';
import { LabelIndex } from './label-index.js';
import { readMeanFile } from './mean-file.js';
import { MemoryFeed, MemoryFeedSource } from './memory-feed.js';
import { findFile } from './open-source.js';
import { Random, usedSeed } from './random.js';
import { RecordFeed } from './record-feed.js';
import { Sampler, STREAM } from './sampler.js';
import { sourceError } from './source-error.js';
import { classViews, labelsOfViews } from './turned-classes.js';
import { Warper } from './warper.js';
import { WindowSampler } from './window-sampler.js';

const RESIDENT_LIMIT = 2 ** 30;

export async function createFeed(options: FeedOptions): Promise<Feed> {
  const { layer, phase, source } = options;
  const { info } = source;
  const transform = filled('TransformationParameter', layer.transform_param);
  const seed = usedSeed(options.seed);
  if (source instanceof MemoryFeedSource) return new MemoryFeed(source, seed);
  const data = filled('DataParameter', layer.data_param);
  const settings = feedSettings(layer);
  const { images } = settings;
  const balanced = images > 1 && settings.balanced;

  // A source that fits is read at once, and its labels with it; of another the labels are read alone. Windows are cut as
  // they are drawn: there may be very many, and few are; and so are crops of images that have sizes of their own.
  const floats = info.kind === 'hdf5';
  const size = info.count * info.channels * info.height * info.width * (floats ? 4 : 1);
  const fits = info.kind !== 'windows' && !info.ownSizes && size <= (options.residentLimit ?? RESIDENT_LIMIT);
  const explain = (error: unknown) => sourceError(layer, error);
  const rejected = (error: unknown) => Promise.reject(explain(error));
  const resident = fits ? await source.all().catch(rejected) : undefined;
  const labels = resident?.labels ?? (await source.labels().catch(rejected));
  const index = new LabelIndex(labels);
  const training = phase === 'TRAIN';
  const views = training ? classViews(data, labels) : undefined;
  // What is drawn from: the records, or those of all views one after another.
  const drawn = views ? new LabelIndex(labelsOfViews(labels, views)) : index;
  for (const note of info.notes ?? []) warnAt(options, 'data_param.source', note);
  if (balanced) checkPairs(options, drawn);

  const sampler = settings.windows
    ? windowSampler(index, settings.windows, settings.batchSize, transform.mirror, seed)
    : new Sampler({
        records: drawn.records,
        imagesPerItem: images,
        balanced,
        positiveRatio: data.positive_ratio,
        groups: groupsOf(options, data, drawn, views?.labelStep),
        files: info.groups,
        random: settings.random,
        // As in Caffe: fewer than rand_skip, at random, so that several solvers do not all begin alike.
        skip: settings.randSkip > 0 ? Random.seeded(seed, STREAM.skip).below(settings.randSkip) : 0,
        seed,
        index: drawn,
      });
  // Windows are transformed where they are cut, rows of HDF5 not at all.
  const transformed = !settings.windows && !floats;
  const cropper = new Cropper(
    {
      height: info.height,
      width: info.width,
      cropSize: transformed ? transform.crop_size : 0,
      mirror: transformed && transform.mirror,
      randomCrop: training,
      ownSizes: info.ownSizes === true,
    },
    Random.seeded(seed, STREAM.crops),
  );
  const affine = training && transformed ? transform.affine_param : undefined;
  const warper =
    affine || views
      ? new Warper(
          {
            height: info.height,
            width: info.width,
            cropSize: transform.crop_size,
            affine: affine && filled('AffineParameter', affine),
          },
          Random.seeded(seed, STREAM.warps),
        )
      : undefined;
  return new RecordFeed({
    name: layer.name ?? '',
    source,
    resident,
    mean: transform.mean_file && transformed ? readMean(options, transform.mean_file) : undefined,
    index,
    sampler,
    cropper,
    warper,
    views,
    imagesPerItem: images,
    itemsPerPass: settings.batchSize,
    seed,
    batchesAhead: data.prefetch,
    onRestart: options.onRestart,
    explain,
  });
}

interface FeedSettings {
  batchSize: number;
  /** Records an item is made of. */
  images: number;
  balanced: boolean;
  /** Each record once an epoch, in random order; else in the order of the source. */
  random: boolean;
  randSkip: number;
  windows?: { fgFraction: number };
}

function feedSettings(layer: LayerParameter): FeedSettings {
  const single = { images: 1, balanced: false, random: false, randSkip: 0 };
  if (layer.image_data_param) {
    const { batch_size, shuffle, rand_skip } = filled('ImageDataParameter', layer.image_data_param);
    return { ...single, batchSize: batch_size, random: shuffle, randSkip: rand_skip };
  }
  if (layer.hdf5_data_param) {
    const { batch_size, shuffle } = filled('HDF5DataParameter', layer.hdf5_data_param);
    return { ...single, batchSize: batch_size, random: shuffle };
  }
  if (layer.window_data_param) {
    const { batch_size, fg_fraction } = filled('WindowDataParameter', layer.window_data_param);
    return { ...single, batchSize: batch_size, windows: { fgFraction: fg_fraction } };
  }
  const data = filled('DataParameter', layer.data_param);
  const images = data.images_per_blob;
  const random = layer.data_param?.enable_random_selection ?? images > 1;
  return { batchSize: data.batch_size, images, balanced: data.balance_matches, random, randSkip: data.rand_skip };
}

/** Windows of label 0 are background; each is two records. */
function windowSampler(
  index: LabelIndex,
  { fgFraction }: { fgFraction: number },
  batchSize: number,
  mirror: boolean,
  seed: number,
): WindowSampler {
  const behind = index.labels.indexOf(0);
  const background = behind < 0 ? 0 : index.size(behind) / 2;
  const foreground = index.records / 2 - background;
  const options = { foreground, background, batchSize, fgFraction, mirror };
  return new WindowSampler(options, Random.seeded(seed, STREAM.order));
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
