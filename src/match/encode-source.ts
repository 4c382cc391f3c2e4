/** All records of a data set, encoded. */
import type { RecordSource } from '../data/record-source.js';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { EncodeOptions, Encoder } from './encoder.js';

/** One encoding after another, and the label of each. */
export interface Encoded {
  encodings: Float32Array;
  labels: Float32Array;
}

/** Records encoded between two reports of progress. */
const CHUNK = 2500;
/** A set up to this size is read at once, as its feed does, so that it is read once for both. */
const RESIDENT_LIMIT = 2 ** 30;

export async function encodeSource(
  encoder: Encoder,
  source: RecordSource,
  onProgress?: (share: number) => void,
  options: EncodeOptions = {},
): Promise<Encoded> {
  const { count } = source.info;
  const encodings = new Float32Array(count * encoder.dimension);
  const labels = new Float32Array(count);
  for await (const { from, records, encodings: some } of encodedChunks(encoder, source, options)) {
    encodings.set(some, from * encoder.dimension);
    labels.set(records.labels, from);
    onProgress?.((from + records.count) / count);
  }
  return { encodings, labels };
}

/** The same piece by piece, with the records. */
export async function* encodedChunks(
  encoder: Encoder,
  source: RecordSource,
  options: EncodeOptions = {},
): AsyncGenerator<{ from: number; records: RecordSet; encodings: Float32Array }> {
  const { count, channels, height, width, name } = source.info;
  const [c, h, w] = encoder.recordShape;
  if (channels !== c || height !== h || width !== w) {
    const message = `the records of ${name} are ${channels} x ${height} x ${width}, the net takes ${c} x ${h} x ${w}`;
    throw new SiameseError('data', message);
  }
  const size = channels * height * width;
  const resident = count * size <= RESIDENT_LIMIT ? await source.all() : undefined;
  for (let from = 0; from < count; from += CHUNK) {
    const n = Math.min(CHUNK, count - from);
    const records = resident
      ? someOf(resident, from, n, size)
      : await source.read(Int32Array.from({ length: n }, (_, i) => from + i));
    yield { from, records, encodings: await encoder.encode(records, options) };
  }
}

function someOf(all: RecordSet, from: number, n: number, size: number): RecordSet {
  const { bytes, floats, labels, ...same } = all;
  return {
    ...same,
    count: n,
    labels: labels.subarray(from, from + n),
    ...(bytes && { bytes: bytes.subarray(from * size, (from + n) * size) }),
    ...(floats && { floats: floats.subarray(from * size, (from + n) * size) }),
  };
}
