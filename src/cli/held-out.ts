/** Held-out images that a net is measured on, encoded, each with the known class that it is of. */
import { openSource, type RecordSource } from '../data/index.js';
import type { RecordSet } from '../engine/native.js';
import { encodedChunks } from '../match/encode-source.js';
import { type EnrolledGallery, keyOf } from '../match/gallery.js';
import { digestOfRecord } from '../match/gallery-file.js';
import type { Known } from '../match/matcher.js';
import type { Call } from './call.js';
import { encoderFor } from './encode-images.js';
import type { Enrolment } from './enrolment.js';
import { inputOptions } from './images.js';
import { TrainedNet } from './trained-nets.js';

export interface HeldOut {
  source: string;
  encodings: Float32Array;
  /** Label of each image's class; -1 for one of no known class. */
  truth: Int32Array;
  /** Names of the classes that are not known. */
  strangers: string[];
  /** The same images piece by piece, with their pixels. */
  chunks: { encodings: Float32Array; records: RecordSet }[];
}

/** Those of the data set on the line, else the net's own test records; images that are enrolled are left out. */
export async function heldOut(
  enrolment: Enrolment,
  gallery: EnrolledGallery,
  known: Known,
  call: Call,
): Promise<HeldOut> {
  const [name] = call.args;
  const own = name === undefined ? await TrainedNet.find(call).data('TEST') : undefined;
  const source = own?.source ?? (await openSource(name!, undefined, inputOptions(enrolment.centroids)));
  try {
    return await encodeAll(enrolment, source, gallery, known, call);
  } finally {
    await (own ?? source).close();
  }
}

async function encodeAll(
  enrolment: Enrolment,
  source: RecordSource,
  gallery: EnrolledGallery,
  known: Known,
  call: Call,
): Promise<HeldOut> {
  const { channels, height, width, classNames, name } = source.info;
  const one = { count: 1, channels, height, width, labels: new Float32Array(1) };
  const enrolled = new Set(gallery.classes.flatMap(({ exemplars }) => exemplars.map(({ digest }) => keyOf(digest))));
  const labels = new Map(known.classes.map((c) => [c.name, c.label]));
  const strangers = new Set<string>();
  const truth: number[] = [];
  const chunks: HeldOut['chunks'] = [];
  using encoder = encoderFor(enrolment, one, call);
  const size = channels * height * width;
  for await (const { records, encodings } of encodedChunks(encoder, source, { tta: call.flags.tta })) {
    const kept: number[] = [];
    for (let i = 0; i < records.count; i++) {
      if (enrolled.size > 0 && enrolled.has(keyOf(digestOfRecord({ ...one, ...pixels(records, i, 1, size) }))))
        continue;
      const className = classNames?.[records.labels[i]!] ?? String(records.labels[i]);
      const label = labels.get(className);
      if (label === undefined) strangers.add(className);
      truth.push(label ?? -1);
      kept.push(i);
    }
    chunks.push(pick(records, encodings, kept, size, encoder.dimension));
  }
  const all = new Float32Array(truth.length * encoder.dimension);
  let at = 0;
  for (const { encodings } of chunks) {
    all.set(encodings, at);
    at += encodings.length;
  }
  return { source: name, encodings: all, truth: Int32Array.from(truth), strangers: [...strangers], chunks };
}

function pixels(
  { bytes, floats }: RecordSet,
  from: number,
  count: number,
  size: number,
): Pick<RecordSet, 'bytes' | 'floats'> {
  if (bytes) return { bytes: bytes.subarray(from * size, (from + count) * size) };
  return { floats: floats!.subarray(from * size, (from + count) * size) };
}

function pick(records: RecordSet, encodings: Float32Array, rows: readonly number[], size: number, dimension: number) {
  if (rows.length === records.count) return { records, encodings };
  const copy = <T extends Float32Array | Uint8Array>(from: T, to: T, width: number): T => {
    for (const [i, row] of rows.entries()) to.set(from.subarray(row * width, (row + 1) * width), i * width);
    return to;
  };
  const { bytes, floats, ...same } = records;
  const some: RecordSet = {
    ...same,
    count: rows.length,
    labels: Float32Array.from(rows, (row) => records.labels[row]!),
  };
  if (bytes) some.bytes = copy(bytes, new Uint8Array(rows.length * size), size);
  if (floats) some.floats = copy(floats, new Float32Array(rows.length * size), size);
  return { records: some, encodings: copy(encodings, new Float32Array(rows.length * dimension), dimension) };
}
