/**
 * Honest accuracy: centroids from training records, every test record once, matched to the nearest centroid; beside
 * it what an untrained net and the raw pixels reach in the same way.
 */
import type { RecordSource } from '../data/record-source.js';
import { native } from '../engine/native.js';
import { type Centroids, centroidsOf } from './centroids.js';
import { encodedChunks, encodeSource } from './encode-source.js';
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

/** Accuracy of an encoder that has no centroids yet (an untrained net): trains centroids on `train`, tests on `test`. */
export async function evaluateAfresh(
  encoder: Encoder,
  train: RecordSource,
  test: RecordSource,
  options: EncodeOptions = {},
): Promise<Metrics> {
  const centroids = centroidsOf(await encodeSource(encoder, train), encoder.dimension, { galleryPerClass: 0 });
  const { encodings, labels } = await encodeSource(encoder, test, undefined, options);
  const matcher = new Matcher({ ...centroids, dimension: encoder.dimension });
  return measure(matcher.match(encodings), labels, centroids.classes);
}

const CHUNK = 4000;

/** The same with the bytes of the images in place of encodings. */
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
