/** Centroids to and from the file that lies beside a snapshot (proto/centroids.proto). */
import { closeSync, fstatSync, openSync } from 'node:fs';
import path from 'node:path';
import { readPart } from '../engine/read-part.js';
import { SiameseError } from '../errors.js';
import { writeFileAtomic } from '../proto/atomic.js';
import type { Weights } from '../proto/files.js';
import type { CentroidFile, CentroidGallery } from '../proto/messages.js';
import { decode, encode } from '../proto/schema.js';
import type { Centroids, ClassCentroid, Gallery } from './centroids.js';
import { checksumOf, type Fingerprint, isOf, readTower } from './fingerprint.js';

const FORMAT = 'siamese.centroids/1';

export function writeCentroids(file: string, centroids: Centroids): void {
  const { deploy, mean, caffemodel, classes, gallery, ...same } = centroids;
  const input = deploy.layer?.[0]?.input_param?.shape?.[0]?.dim ?? [];
  const message: CentroidFile = {
    ...same,
    format: FORMAT,
    deploy,
    ...(caffemodel && {
      caffemodel: caffemodel.file,
      caffemodel_sha256: caffemodel.sha256,
      weights_checksum: caffemodel.checksum,
    }),
    ...(mean && { mean_image: { shape: { dim: mean.length === product(input) ? input : [mean.length] }, data: mean } }),
    classes: classes.map(({ radius, ...rest }, i) => ({
      ...rest,
      ...(gallery?.lookalikes && { image_threshold: gallery.lookalikes.thresholds[i] }),
      radius_mean: radius.mean,
      radius_median: radius.median,
      radius_max: radius.max,
    })),
    ...(gallery && { gallery: storedGallery(gallery) }),
  };
  writeFileAtomic(file, encode('CentroidFile', message));
}

/** Throws SiameseError('input') for anything that is no whole centroid file. */
export function readCentroids(file: string): Centroids {
  const message = parse(file);
  const { net = '', deploy, encoding, dimension = 0, source = '', records = 0, quantile = 0 } = message;
  if (message.format !== FORMAT) throw damaged(file, `its format is "${message.format ?? ''}", not "${FORMAT}"`);
  if (!deploy?.layer?.length || encoding === undefined || !(dimension >= 1)) throw damaged(file, 'it holds no net');
  const classes = (message.classes ?? []).map((stored): ClassCentroid => {
    const { label = 0, name = String(label), count = 0, mean = new Float32Array(0), threshold = 0 } = stored;
    if (mean.length !== dimension)
      throw damaged(file, `the mean of class ${label} has ${mean.length} values, not ${dimension}`);
    const { radius_mean = 0, radius_median = 0, radius_max = 0 } = stored;
    return {
      label,
      name,
      count,
      mean,
      radius: { mean: radius_mean, median: radius_median, max: radius_max },
      threshold,
    };
  });
  if (classes.length === 0) throw damaged(file, 'it holds no classes');
  return {
    net,
    deploy,
    encoding,
    dimension,
    ...(message.mean_image?.data && { mean: message.mean_image.data }),
    ...(message.caffemodel !== undefined && {
      caffemodel: {
        file: message.caffemodel,
        sha256: message.caffemodel_sha256 ?? '',
        checksum: message.weights_checksum,
      },
    }),
    source,
    records,
    quantile,
    classes,
    ...(message.gallery && { gallery: readGallery(file, message, dimension) }),
  };
}

function storedGallery({ labels, encodings, lookalikes }: Gallery): CentroidGallery {
  const { images, channels, height, width } = lookalikes ?? {};
  return { labels: [...labels], encodings, images, channels, height, width };
}

function readGallery(file: string, { gallery = {}, classes = [] }: CentroidFile, dimension: number): Gallery {
  const { labels = [], encodings = new Float32Array(0), images, channels = 0, height = 0, width = 0 } = gallery;
  if (encodings.length !== labels.length * dimension) throw damaged(file, 'its gallery is not whole');
  // Not Int32Array.from(), which makes an object of each number.
  const out: Gallery = { labels: new Int32Array(labels), encodings };
  if (!images) return out;
  const indexOf = new Map(classes.map(({ label = 0 }, i) => [label, i]));
  const owners = new Int32Array(labels.map((label) => indexOf.get(label) ?? -1));
  const whole = images.length === labels.length * channels * height * width && images.length > 0;
  if (!whole || owners.includes(-1)) throw damaged(file, 'its gallery is not whole');
  const thresholds = classes.map(({ image_threshold = Number.POSITIVE_INFINITY }) => image_threshold);
  return {
    ...out,
    lookalikes: { channels, height, width, images, classes: owners, thresholds },
  };
}

/** Where the centroids of a caffemodel lie: `x_iter_5.caffemodel` has `x_iter_5.centroids`. */
export function centroidFileOf(caffemodel: string): string {
  return `${caffemodel.replace(/\.caffemodel(\.h5)?$/, '')}.centroids`;
}

/** Refuses centroids that were computed with other weights: distances would mean nothing. */
export function checkBelongs(centroids: Centroids, centroidFile: string, caffemodel: string): void {
  if (!centroids.caffemodel || isOf(centroids.caffemodel, caffemodel)) return;
  throw strangers(centroids.caffemodel, centroidFile, caffemodel);
}

/** The tower's weights for these centroids; refuses others as checkBelongs does, having read no more than these. */
export function readWeightsOf(centroids: Centroids, centroidFile: string, caffemodel: string): Weights {
  const weights = readTower(caffemodel, centroids.deploy);
  if (centroids.caffemodel?.checksum === undefined) checkBelongs(centroids, centroidFile, caffemodel);
  else if (centroids.caffemodel.checksum !== checksumOf(weights))
    throw strangers(centroids.caffemodel, centroidFile, caffemodel);
  return weights;
}

function strangers({ file }: Fingerprint, centroidFile: string, caffemodel: string): SiameseError {
  return new SiameseError(
    'input',
    `${centroidFile} does not belong to ${caffemodel}: other weights made these centroids`,
    {
      help: `it was made for ${path.basename(file)}; siamese test --snapshot ${caffemodel} computes centroids anew`,
    },
  );
}

function parse(file: string): CentroidFile {
  const bytes = readBytes(file);
  if (bytes.length === 0) throw damaged(file, 'it is empty');
  try {
    return decode('CentroidFile', bytes);
  } catch (cause) {
    throw damaged(file, (cause as Error).message, cause);
  }
}

function readBytes(file: string): Uint8Array {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return readPart(descriptor, 0, fstatSync(descriptor).size);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('input', `cannot open centroids ${file}: ${reason}`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function damaged(file: string, why: string, cause?: unknown): SiameseError {
  return new SiameseError('input', `${file} is no centroid file, or it is damaged: ${why}`, {
    cause,
    help: 'siamese test --snapshot writes it anew',
  });
}

function product(shape: readonly number[]): number {
  return shape.reduce((result, dim) => result * dim, 1);
}
