/** All records of a data set, encoded. */
import type { RecordSource } from '../data/record-source.js';
import { SiameseError } from '../errors.js';
import type { Encoder } from './encoder.js';

/** One encoding after another, and the label of each. */
export interface Encoded {
  encodings: Float32Array;
  labels: Float32Array;
}

/** Records encoded between two reports of progress. */
const CHUNK = 5000;
/** A set up to this size is read at once, as its feed does, so that it is read once for both. */
const RESIDENT_LIMIT = 2 ** 30;

export async function encodeSource(
  encoder: Encoder,
  source: RecordSource,
  onProgress?: (share: number) => void,
): Promise<Encoded> {
  const { count, channels, height, width, name } = source.info;
  const [c, h, w] = encoder.recordShape;
  if (channels !== c || height !== h || width !== w) {
    throw new SiameseError(
      'data',
      `the records of ${name} are ${channels} x ${height} x ${width}, the net takes ${c} x ${h} x ${w}`,
    );
  }
  const encodings = new Float32Array(count * encoder.dimension);
  const labels = new Float32Array(count);
  const size = channels * height * width;
  const resident = count * size <= RESIDENT_LIMIT ? await source.all() : undefined;
  for (let from = 0; from < count; from += CHUNK) {
    const n = Math.min(CHUNK, count - from);
    const records = resident
      ? {
          ...resident,
          count: n,
          labels: resident.labels.subarray(from, from + n),
          ...(resident.bytes && { bytes: resident.bytes.subarray(from * size, (from + n) * size) }),
          ...(resident.floats && { floats: resident.floats.subarray(from * size, (from + n) * size) }),
        }
      : await source.read(Int32Array.from({ length: n }, (_, i) => from + i));
    encodings.set(await encoder.encode(records), from * encoder.dimension);
    labels.set(records.labels, from);
    onProgress?.((from + n) / count);
  }
  return { encodings, labels };
}
