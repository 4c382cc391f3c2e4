/**
 * Whether an image looks like any training image, whatever the net makes of it. A net maps everything somewhere, often
 * close to a centroid; the pixels know better that a house is no digit. An image is strange when the root mean square
 * difference of its pixels to the nearest stored training image is more than is usual where that one is the nearest.
 */
import type { RecordSource } from '../data/record-source.js';
import { native, type RecordSet } from '../engine/native.js';
import { thresholds } from './thresholds.js';

export interface Lookalikes {
  channels: number;
  height: number;
  width: number;
  /** Bytes of the stored images, one after another, and the class of each by its index. */
  images: Uint8Array;
  classes: Int32Array;
  /** By index of class. */
  thresholds: readonly number[];
}

export interface Likeness {
  /** Root mean square difference of pixels (0 to 255) to the nearest stored image. */
  difference: number;
  threshold: number;
}

/** More than this in all is not worth carrying beside the weights. */
const MOST_BYTES = 8 * 2 ** 20;
/** Records that set the thresholds: in all, and of one class. */
const SAMPLE = 2000;
const SAMPLE_PER_CLASS = 200;
/** Images compared at once. */
const CHUNK = 250;

/**
 * Takes the pixels of the records `picked` to store, and thresholds from other records. `classes`: class index of each
 * record. Undefined where the records are no bytes, or too large to keep.
 */
export async function pickLookalikes(
  source: RecordSource,
  picked: Int32Array,
  classes: Int32Array,
  quantile: number,
): Promise<Lookalikes | undefined> {
  const { channels, height, width } = source.info;
  const size = channels * height * width;
  if (picked.length * size > MOST_BYTES) return undefined;
  const { bytes: images } = await source.read(picked);
  if (!images) return undefined;
  const owners = Int32Array.from(picked, (record) => classes[record]!);
  const stored = { channels, height, width, images, classes: owners };
  const differences = Array.from({ length: Math.max(...owners) + 1 }, (): number[] => []);
  const sample = sampleOf(picked, classes, differences.length);
  const nearest = Math.min(2, picked.length);
  for (let from = 0; from < sample.length; from += CHUNK) {
    const chunk = sample.subarray(from, from + CHUNK);
    const { indices, squared } = nearestStored(stored, await source.read(chunk), nearest);
    for (const [row, record] of chunk.entries()) {
      // A record that is stored itself is compared with the others.
      const self = picked[indices[row * nearest]!] === record;
      if (self && nearest === 1) continue;
      const at = row * nearest + Number(self);
      differences[owners[indices[at]!]!]!.push(difference(squared[at]!, size));
    }
  }
  const limits = thresholds(
    differences.map((values) => Float32Array.from(values)),
    quantile,
  );
  // No record was nearest to a class, and too few to tell anything: nothing is strange there.
  return { ...stored, thresholds: limits.map((limit) => (Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit)) };
}

/** The likeness of each image; undefined when they are of another size than the stored ones. */
export function likenesses(lookalikes: Lookalikes, records: RecordSet): Likeness[] | undefined {
  const { channels, height, width, classes } = lookalikes;
  if (records.channels !== channels || records.height !== height || records.width !== width) return undefined;
  const size = channels * height * width;
  const { indices, squared } = nearestStored(lookalikes, records, 1);
  return Array.from(indices, (stored, row) => ({
    difference: difference(squared[row]!, size),
    threshold: lookalikes.thresholds[classes[stored]!]!,
  }));
}

/** The `k` nearest stored images of each record. */
function nearestStored(
  { channels, height, width, images }: Omit<Lookalikes, 'thresholds'>,
  records: RecordSet,
  k: number,
): { indices: Int32Array; squared: Float32Array } {
  const size = channels * height * width;
  const indices = new Int32Array(k * records.count);
  const squared = new Float32Array(k * records.count);
  if (records.bytes) native().nearest(records.bytes, images, size, k, indices, squared);
  else native().nearest(records.floats!, new Float32Array(images), size, k, indices, squared);
  return { indices, squared };
}

/** The root mean square of `size` differences. */
function difference(squared: number, size: number): number {
  return Math.sqrt(squared / size);
}

/** Records of each class that are not stored, evenly spread; of a class that is stored whole, the stored ones. */
function sampleOf(picked: Int32Array, classes: Int32Array, count: number): Int32Array {
  const stored = new Set(picked);
  const others = Array.from({ length: count }, (): number[] => []);
  classes.forEach((c, record) => {
    if (!stored.has(record)) others[c]!.push(record);
  });
  const whole = others.map((records) => records.length === 0);
  for (const record of picked) if (whole[classes[record]!]) others[classes[record]!]!.push(record);
  const most = Math.max(1, Math.min(SAMPLE_PER_CLASS, Math.floor(SAMPLE / count)));
  return Int32Array.from(others.flatMap((records) => records.filter((_, i) => isSpread(i, records.length, most))));
}

/** Whether item `i` of `length` is among `most` that are evenly spread over them. */
export function isSpread(i: number, length: number, most: number): boolean {
  const share = Math.min(most, length) / length;
  return Math.floor((i + 1) * share + 1e-9) > Math.floor(i * share + 1e-9);
}
