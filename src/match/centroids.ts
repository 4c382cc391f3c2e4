/**
 * The centroid of each class: the exact mean of the encodings of all its training records under the weights at hand,
 * with the spread around it and the distance from which an image counts as unknown.
 */
import type { RecordSource } from '../data/record-source.js';
import { native } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { NetParameter } from '../proto/messages.js';
import { eachDistanceRow } from './distances.js';
import { type Encoded, encodeSource } from './encode-source.js';
import type { Encoder } from './encoder.js';
import type { Fingerprint } from './fingerprint.js';
import { isSpread, type Lookalikes, pickLookalikes } from './lookalikes.js';
import { DEFAULT_QUANTILE, type Radius, radiusOf, thresholds, widened } from './thresholds.js';

export interface ClassCentroid {
  label: number;
  /** The class's name, or its label as text. */
  name: string;
  /** Training records. */
  count: number;
  mean: Float32Array;
  /** Euclidean distances of the training encodings to the mean. */
  radius: Radius;
  /** An encoding farther than this from the mean is no member. */
  threshold: number;
}

/** Training records that are kept: encodings for nearest neighbours, images to tell what looks like none of them. */
export interface Gallery {
  labels: Int32Array;
  encodings: Float32Array;
  lookalikes?: Lookalikes | undefined;
}

export interface Centroids {
  /** Name of the trained net. */
  net: string;
  /** The tower as a deploy net; its Input layer has the transform. */
  deploy: NetParameter;
  encoding: string;
  dimension: number;
  /** Mean image to subtract, where the transform names a mean_file. */
  mean?: Float32Array | undefined;
  /** The weights that they were computed with. */
  caffemodel?: Fingerprint | undefined;
  source: string;
  records: number;
  /** Share of a class's training records that are within its threshold, or more: see thresholds.ts. */
  quantile: number;
  /** In order of label; labels may have gaps. */
  classes: ClassCentroid[];
  gallery?: Gallery | undefined;
}

export interface CentroidOptions {
  quantile?: number | undefined;
  /** Records kept per class, evenly spread over all of it; 0 for none. */
  galleryPerClass?: number | undefined;
  caffemodel?: Fingerprint | undefined;
  /** Called with 0..1 while records are encoded. */
  onProgress?: ((share: number) => void) | undefined;
}

/** On MNIST, 300 per class match no better by neighbours than 100, and find no more strange images. */
const GALLERY = 100;

export async function computeCentroids(
  encoder: Encoder,
  source: RecordSource,
  options: CentroidOptions = {},
): Promise<Centroids> {
  const encoded = await encodeSource(encoder, source, options.onProgress);
  const { picked, classIndices, gallery, ...statistics } = statisticsOf(encoded, encoder.dimension, {
    ...options,
    classNames: source.info.classNames,
  });
  const lookalikes = gallery && (await pickLookalikes(source, picked, classIndices, statistics.quantile));
  return {
    net: encoder.tower.net,
    deploy: encoder.deploy,
    encoding: encoder.tower.encoding,
    dimension: encoder.dimension,
    ...(encoder.mean && { mean: encoder.mean }),
    ...(options.caffemodel && { caffemodel: options.caffemodel }),
    ...statistics,
    ...(gallery && { gallery: { ...gallery, ...(lookalikes && { lookalikes }) } }),
    source: source.info.name,
  };
}

export interface StatisticsOptions {
  quantile?: number | undefined;
  galleryPerClass?: number | undefined;
  classNames?: readonly string[] | undefined;
}

type Statistics = Pick<Centroids, 'records' | 'quantile' | 'classes' | 'gallery'>;

/** Statistics of labelled encodings, wherever they come from. */
export function centroidsOf(encoded: Encoded, dimension: number, options: StatisticsOptions = {}): Statistics {
  const { picked: _picked, classIndices: _indices, ...statistics } = statisticsOf(encoded, dimension, options);
  return statistics;
}

/** Also which records the gallery holds, and the class index of every record. */
function statisticsOf(
  { encodings, labels }: Encoded,
  dimension: number,
  { quantile = DEFAULT_QUANTILE, galleryPerClass = GALLERY, classNames }: StatisticsOptions,
): Statistics & { picked: Int32Array; classIndices: Int32Array } {
  checkFinite(encodings, dimension);
  const distinct = [...new Set(labels)].sort((a, b) => a - b);
  if (distinct.length === 0) throw new SiameseError('data', 'there are no records to compute centroids of');
  const indexOf = new Map(distinct.map((label, i) => [label, i]));
  const classes = Int32Array.from(labels, (label) => indexOf.get(label)!);
  const means = new Float32Array(distinct.length * dimension);
  const counts = new Int32Array(distinct.length);
  native().classMeans(encodings, classes, dimension, means, counts);

  const distances = distinct.map((_, i) => new Float32Array(counts[i]!));
  const filledUp = new Int32Array(distinct.length);
  eachDistanceRow(encodings, means, dimension, (row, squared, offset) => {
    const c = classes[row]!;
    distances[c]![filledUp[c]!++] = Math.sqrt(squared[offset + c]!);
  });
  const limits = widened(thresholds(distances, quantile), means, dimension);
  const picked = pickRecords(classes, counts, galleryPerClass);
  return {
    picked,
    classIndices: classes,
    records: labels.length,
    quantile,
    classes: distinct.map((label, i) => ({
      label,
      name: classNames?.[label] ?? String(label),
      count: counts[i]!,
      mean: means.slice(i * dimension, (i + 1) * dimension),
      radius: radiusOf(distances[i]!.sort()),
      threshold: limits[i]!,
    })),
    ...(picked.length > 0 && { gallery: galleryOf(picked, encodings, labels, dimension) }),
  };
}

/** Records of each class, evenly spread over it. */
function pickRecords(classes: Int32Array, counts: Int32Array, perClass: number): Int32Array {
  const seen = new Int32Array(counts.length);
  const picked: number[] = [];
  classes.forEach((c, record) => {
    if (isSpread(seen[c]!++, counts[c]!, perClass)) picked.push(record);
  });
  return Int32Array.from(picked);
}

function galleryOf(picked: Int32Array, encodings: Float32Array, labels: Float32Array, dimension: number): Gallery {
  const out = {
    labels: Int32Array.from(picked, (row) => labels[row]!),
    encodings: new Float32Array(picked.length * dimension),
  };
  picked.forEach((row, i) => {
    out.encodings.set(encodings.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return out;
}

function checkFinite(encodings: Float32Array, dimension: number): void {
  const bad = encodings.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new SiameseError(
    'diverged',
    `the encoding of record ${Math.floor(bad / dimension)} is no number: the net has diverged`,
    {
      help: 'go back to an earlier snapshot and train with a lower base_lr',
    },
  );
}
