/** The mean image of a data set, as Caffe's compute_image_mean computes it, but summed in double precision. */
import { SiameseError } from '../errors.js';
import { writeFileAtomic } from '../proto/atomic.js';
import { encodeMeanImage, type MeanImage } from './mean-file.js';
import type { RecordSource } from './record-source.js';

const CHUNK = 1000;

export async function computeMean(source: RecordSource, progress?: (done: number) => void): Promise<MeanImage> {
  const { count, channels, height, width, name } = source.info;
  const size = channels * height * width;
  const sums = new Float64Array(size);
  for (let from = 0; from < count; from += CHUNK) {
    const n = Math.min(CHUNK, count - from);
    const set = await source.read(Int32Array.from({ length: n }, (_, i) => from + i));
    const values = set.bytes ?? set.floats;
    if (!values) throw new SiameseError('data', `${name} holds no values`);
    for (let record = 0, at = 0; record < n; record++) {
      for (let i = 0; i < size; i++) sums[i]! += values[at++]!;
    }
    progress?.(from + n);
  }
  return { channels, height, width, values: Float32Array.from(sums, (sum) => sum / count) };
}

/** The mean of each channel, for mean_value. */
export function channelMeans({ channels, values }: MeanImage): number[] {
  const plane = values.length / channels;
  return Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c * plane; i < (c + 1) * plane; i++) sum += values[i]!;
    return sum / plane;
  });
}

/** A .binaryproto, whole or not at all. */
export function writeMeanFile(file: string, mean: MeanImage): void {
  writeFileAtomic(file, encodeMeanImage(mean));
}
