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
import { DEFAULT_QUANTILE, type Radius, radiusOf, thresholds } from './thresholds.js';

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

/** Training encodings kept for nearest neighbours. */
export interface Gallery {
  labels: Int32Array;
  encodings: Float32Array;
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
  caffemodel?: { file: string; sha256: string } | undefined;
  source: string;
  records: number;
  /** Share of a class's training records within its threshold. */
  quantile: number;
  /** In order of label; labels may have gaps. */
  classes: ClassCentroid[];
  gallery?: Gallery | undefined;
}

export interface CentroidOptions {
  quantile?: number | undefined;
  /** Encodings kept per class for nearest neighbours, evenly spread over its records; 0 for none. */
  galleryPerClass?: number | undefined;
  caffemodel?: { file: string; sha256: string } | undefined;
  /** Called with 0..1 while records are encoded. */
  onProgress?: ((share: number) => void) | undefined;
}

/** k-nearest-neighbour distances change little beyond a few hundred encodings per class. */
const GALLERY = 300;

export async function computeCentroids(
  encoder: Encoder,
  source: RecordSource,
  options: CentroidOptions = {},
): Promise<Centroids> {
  const encoded = await encodeSource(encoder, source, options.onProgress);
  return {
    net: encoder.tower.net,
    deploy: encoder.deploy,
    encoding: encoder.tower.encoding,
    dimension: encoder.dimension,
    ...(encoder.mean && { mean: encoder.mean }),
    ...(options.caffemodel && { caffemodel: options.caffemodel }),
    ...centroidsOf(encoded, encoder.dimension, { ...options, classNames: source.info.classNames }),
    source: source.info.name,
  };
}

/** Statistics of labelled encodings, wherever they come from. */
export function centroidsOf(
  { encodings, labels }: Encoded,
  dimension: number,
  options: {
    quantile?: number | undefined;
    galleryPerClass?: number | undefined;
    classNames?: readonly string[] | undefined;
  } = {},
): Pick<Centroids, 'records' | 'quantile' | 'classes' | 'gallery'> {
  const { quantile = DEFAULT_QUANTILE, galleryPerClass = GALLERY, classNames } = options;
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
  const limits = thresholds(distances, quantile);
  return {
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
    ...(galleryPerClass > 0 && {
      gallery: pickGallery(encodings, labels, classes, counts, dimension, galleryPerClass),
    }),
  };
}

function pickGallery(
  encodings: Float32Array,
  labels: Float32Array,
  classes: Int32Array,
  counts: Int32Array,
  dimension: number,
  perClass: number,
): Gallery {
  const seen = new Int32Array(counts.length);
  const picked: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    const c = classes[i]!;
    const nth = seen[c]!++;
    const most = Math.min(perClass, counts[c]!);
    // Record n of N is in where n * most / N reaches the next whole number: `most` of them, evenly spread.
    if (Math.floor(((nth + 1) * most) / counts[c]!) > Math.floor((nth * most) / counts[c]!)) picked.push(i);
  }
  const out = { labels: new Int32Array(picked.length), encodings: new Float32Array(picked.length * dimension) };
  picked.forEach((row, i) => {
    out.labels[i] = labels[row]!;
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
