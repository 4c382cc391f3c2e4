/** Opens the data set of a layer, by the layer's type and options. */
import { dirname } from 'node:path';
import { SiameseError } from '../errors.js';
import { findLayerType } from '../layers/index.js';
import type { LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { filled } from '../proto/schema.js';
import type { Decoder } from './decoder.js';
import { Hdf5Source } from './hdf5-source.js';
import { withoutClasses } from './held-out-source.js';
import { openList } from './list-source.js';
import { type MeanImage, readMeanImage } from './mean-file.js';
import { MemoryFeedSource } from './memory-feed.js';
import { findFile, openSource } from './open-source.js';
import type { RecordSource } from './record-source.js';
import { sourceError } from './source-error.js';
import { readWindowFile } from './window-file.js';
import { WindowSource } from './window-source.js';

/**
 * The records of a layer that is fed. A relative source is looked for from the working directory, then from `baseFolder`.
 * Throws SiameseError with the place of what names the source.
 */
export async function openLayerSource(
  layer: LayerParameter,
  baseFolder: string,
  decoder?: Decoder,
): Promise<RecordSource> {
  const type = findLayerType(layer).type;
  const opener = OPENERS[type];
  if (!opener) throw new SiameseError('internal', `a layer of type ${type} reads no records`, { layer: layer.name });
  const { options, open } = opener;
  const source = (layer as Record<string, { source?: string } | undefined>)[options]?.source;
  if (!source && type !== 'MemoryData') {
    const message = `layer "${layer.name}" (${layer.type}): ${options} has no source`;
    throw new SiameseError('input', message, { layer: layer.name, at: positionOf(layer, options) });
  }
  try {
    return await open(layer, findFile(source ?? '', baseFolder), baseFolder, decoder);
  } catch (error) {
    throw sourceError(layer, error);
  }
}

interface Opener {
  /** The field with the layer's options. */
  options: string;
  open(layer: LayerParameter, source: string, baseFolder: string, decoder?: Decoder): Promise<RecordSource>;
}

const OPENERS: Readonly<Record<string, Opener>> = {
  Data: { options: 'data_param', open: openData },
  ImageData: { options: 'image_data_param', open: openImageData },
  HDF5Data: { options: 'hdf5_data_param', open: openHdf5Data },
  MemoryData: { options: 'memory_data_param', open: async (layer) => new MemoryFeedSource(layer) },
  WindowData: { options: 'window_data_param', open: openWindowData },
};

async function openData(layer: LayerParameter, source: string, _: string, decoder?: Decoder): Promise<RecordSource> {
  const { force_color, force_gray } = layer.transform_param ?? {};
  if (force_color && force_gray) {
    throw misuse(layer, 'transform_param.force_gray', 'force_color and force_gray cannot both be set');
  }
  const { backend, force_encoded_color, new_height, new_width, hold_out } = layer.data_param ?? {};
  const channels = force_color || force_encoded_color ? 3 : force_gray ? 1 : undefined;
  const size = newSize(layer, 'data_param', new_height, new_width);
  const opened = await openSource(source, backend, { channels, size, crop: layer.transform_param?.crop_size, decoder });
  if (!hold_out?.length) return opened;
  try {
    return await withoutClasses(opened, hold_out);
  } catch (error) {
    await opened.close();
    throw withPlace(error, layer, 'data_param.hold_out');
  }
}

function openImageData(
  layer: LayerParameter,
  source: string,
  baseFolder: string,
  decoder?: Decoder,
): Promise<RecordSource> {
  const { root_folder, is_color, new_height, new_width } = filled('ImageDataParameter', layer.image_data_param);
  const size = newSize(layer, 'image_data_param', new_height, new_width);
  const crop = layer.transform_param?.crop_size;
  const folders = [baseFolder, dirname(source)];
  return openList(source, { rootFolder: root_folder, folders, color: is_color, size, crop, decoder });
}

function openHdf5Data(layer: LayerParameter, source: string, baseFolder: string): Promise<RecordSource> {
  return Hdf5Source.open(source, layer.top ?? [], (name) => findFile(name, baseFolder));
}

async function openWindowData(layer: LayerParameter, source: string, baseFolder: string): Promise<RecordSource> {
  const options = filled('WindowDataParameter', layer.window_data_param);
  const {
    crop_size: cropSize,
    scale,
    mean_value,
    mean_file,
  } = filled('TransformationParameter', layer.transform_param);
  const thresholds = { foreground: options.fg_threshold, background: options.bg_threshold };
  const file = readWindowFile(source, thresholds, options.root_folder);
  const { foreground, background } = file;
  const wantsForeground = Math.floor(options.batch_size * options.fg_fraction);
  const missing = [
    ...(wantsForeground > 0 && foreground.length === 0 ? ['foreground'] : []),
    ...(wantsForeground < options.batch_size && background.length === 0 ? ['background'] : []),
  ];
  if (missing.length > 0) throw new SiameseError('data', `${source} has no ${missing.join(' and no ')} windows`);
  const { channels } = file.images[0]!;
  if (mean_file && mean_value.length > 0) {
    throw misuse(layer, 'transform_param.mean_value', 'mean_file and mean_value cannot be given together');
  }
  if (mean_value.length > 1 && mean_value.length !== channels) {
    throw misuse(layer, 'transform_param.mean_value', `${mean_value.length} mean_value for ${channels} channels`);
  }
  return new WindowSource(source, file, {
    cropSize,
    scale,
    contextPad: options.context_pad,
    square: options.crop_mode === 'square',
    means: [...mean_value],
    meanImage: mean_file ? windowMean(findFile(mean_file, baseFolder), channels, cropSize) : undefined,
    folders: [baseFolder, dirname(source)],
    cacheImages: options.cache_images,
  });
}

/** A mean image at least as large as the crop, whose centre is used. */
function windowMean(file: string, channels: number, cropSize: number): MeanImage {
  const mean = readMeanImage(file);
  if (mean.channels === channels && mean.height >= cropSize && mean.width >= cropSize) return mean;
  const has = `${mean.channels} x ${mean.height} x ${mean.width}`;
  throw new SiameseError(
    'data',
    `mean_file ${file} is of ${has}, at least ${channels} x ${cropSize} x ${cropSize} are needed`,
  );
}

function newSize(layer: LayerParameter, options: string, height = 0, width = 0) {
  if (height === 0 && width === 0) return undefined;
  if (height > 0 && width > 0) return { height, width };
  const field = `${options}.${height > 0 ? 'new_height' : 'new_width'}`;
  throw misuse(layer, field, 'new_height and new_width must be given together');
}

/** An error of what a field names rather than of the source. */
function withPlace(error: unknown, layer: LayerParameter, field: string): unknown {
  if (!(error instanceof SiameseError)) return error;
  const { code, message, help } = error;
  return new SiameseError(code, message, { layer: layer.name, at: positionOf(layer, field), help, cause: error });
}

/** What the prototxt says wrong; the layer is named by whoever catches it. */
function misuse(layer: LayerParameter, field: string, message: string): SiameseError {
  return new SiameseError('input', message, { layer: layer.name, at: positionOf(layer, field) });
}
