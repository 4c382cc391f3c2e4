/**
 * Honest accuracy: centroids from training records, every test record once, matched to the nearest centroid; beside
 * it what an untrained net and the raw pixels reach in the same way.
 */
import type { RecordSource } from '../data/record-source.js';
import { native } from '../engine/native.js';
import { type Centroids, type ClassCentroid, centroidsOf } from './centroids.js';
import { type Encoded, encodedChunks, encodeSource } from './encode-source.js';
import type { EncodeOptions, Encoder } from './encoder.js';
import { type Match, Matcher, type MatcherOptions } from './matcher.js';
import { type Metrics, measure } from './metrics.js';

export interface Evaluation extends Metrics {
  /** The test encodings, for pictures. */
  encodings: Float32Array;
  labels: Float32Array;
}

/** Matches every record of `test` with the centroids. */
export async function evaluate(
  encoder: Encoder,
  centroids: Centroids,
  test: RecordSource,
  options: MatcherOptions & EncodeOptions & { onProgress?: ((share: number) => void) | undefined } = {},
): Promise<Evaluation> {
  const { count } = test.info;
  const matcher = new Matcher(centroids, options);
  const matches: Match[] = [];
  const encodings = new Float32Array(count * encoder.dimension);
  const labels = new Float32Array(count);
  for await (const { from, records, encodings: some } of encodedChunks(encoder, test, { tta: options.tta })) {
    matches.push(...matcher.match(some, records));
    encodings.set(some, from * encoder.dimension);
    labels.set(records.labels, from);
    options.onProgress?.((from + records.count) / count);
  }
  return { ...measure(matches, labels, centroids.classes), encodings, labels };
}

/** What is measured with means that were computed for it alone, and of what. */
export interface FreshEvaluation extends Metrics {
  dimension: number;
  train: Encoded;
  test: Encoded;
  /** The classes' means. */
  classes: readonly ClassCentroid[];
}

/** Accuracy of an encoder that has no centroids yet (an untrained net): trains centroids on `train`, tests on `test`. */
export async function evaluateAfresh(
  encoder: Encoder,
  train: RecordSource,
  test: RecordSource,
  options: EncodeOptions = {},
): Promise<FreshEvaluation> {
  const encoded = await encodeSource(encoder, train);
  const { classNames } = train.info;
  return evaluateEncoded(encoded, await encodeSource(encoder, test, undefined, options), encoder.dimension, classNames);
}

/** The same with the bytes of the images in place of encodings, all of them in memory. */
export async function evaluatePixelRows(train: RecordSource, test: RecordSource): Promise<FreshEvaluation> {
  const { channels, height, width, classNames } = train.info;
  const rows = async (source: RecordSource): Promise<Encoded> => {
    const { bytes, floats, labels } = await source.all();
    return { encodings: floats ?? new Float32Array(bytes!), labels };
  };
  return evaluateEncoded(await rows(train), await rows(test), channels * height * width, classNames);
}

function evaluateEncoded(
  train: Encoded,
  test: Encoded,
  dimension: number,
  classNames: readonly string[] | undefined,
): FreshEvaluation {
  const centroids = centroidsOf(train, dimension, { galleryPerClass: 0, classNames });
  const matcher = new Matcher({ ...centroids, dimension });
  const metrics = measure(matcher.match(test.encodings), test.labels, centroids.classes);
  return { ...metrics, dimension, train, test, classes: centroids.classes };
}

const CHUNK = 4000;

/** Accuracy with the bytes of the images in place of encodings, a part of them at a time. */
export async function evaluatePixels(train: RecordSource, test: RecordSource): Promise<Metrics> {
  const { channels, height, width } = train.info;
  const dimension = channels * height * width;
  const distinct = [...new Set(await train.labels())].sort((a, b) => a - b);
  const indexOf = new Map(distinct.map((label, i) => [label, i]));
  const sums = new Float64Array(distinct.length * dimension);
  const counts = new Int32Array(distinct.length);
  const chunkMeans = new Float32Array(sums.length);
  const chunkCounts = new Int32Array(counts.length);
  for await (const { pixels, labels } of pixelChunks(train)) {
    const classes = Int32Array.from(labels, (label) => indexOf.get(label)!);
    native().classMeans(pixels, classes, dimension, chunkMeans, chunkCounts);
    for (let i = 0; i < sums.length; i++) sums[i]! += chunkMeans[i]! * chunkCounts[Math.floor(i / dimension)]!;
    for (let c = 0; c < counts.length; c++) counts[c]! += chunkCounts[c]!;
  }
  const classes = distinct.map((label, c) => ({
    label,
    name: train.info.classNames?.[label] ?? String(label),
    count: counts[c]!,
    mean: Float32Array.from({ length: dimension }, (_, i) => sums[c * dimension + i]! / counts[c]!),
    radius: { mean: 0, median: 0, max: 0 },
    threshold: Number.POSITIVE_INFINITY,
  }));
  const matcher = new Matcher({ classes, dimension, quantile: 1 });
  const matches: Match[] = [];
  const labels: number[] = [];
  for await (const chunk of pixelChunks(test)) {
    matches.push(...matcher.match(chunk.pixels));
    labels.push(...chunk.labels);
  }
  return measure(matches, labels, classes);
}

async function* pixelChunks(source: RecordSource): AsyncGenerator<{ pixels: Float32Array; labels: Float32Array }> {
  for (let from = 0; from < source.info.count; from += CHUNK) {
    const n = Math.min(CHUNK, source.info.count - from);
    const { bytes, floats, labels } = await source.read(Int32Array.from({ length: n }, (_, i) => from + i));
    yield { pixels: floats ?? new Float32Array(bytes!), labels };
  }
}
