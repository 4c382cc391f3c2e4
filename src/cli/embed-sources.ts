/** What `embed` encodes: databases, folders and single images, each as a stream of encoded rows. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { IMAGE_NAME } from '../data/image-format.js';
import { IMAGES_AT_ONCE } from '../data/images-at-once.js';
import { inParallel } from '../data/in-parallel.js';
import { openSource, type RecordSource } from '../data/index.js';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { encodedChunks } from '../match/encode-source.js';
import type { Encoder } from '../match/encoder.js';
import type { RecordShape } from '../match/tower-net.js';
import type { EncodedRow } from './encoding-formats.js';
import { type ImageInput, inputOptions, joinRecords, readImage, shapeOf } from './images.js';

/** Makes an encoder for records of a shape; the same one for the same shape. */
export type EncoderFor = (shape: RecordShape) => Encoder;

export interface EmbedSource {
  name: string;
  count: number;
  chunks(encoderFor: EncoderFor): AsyncGenerator<EncodedChunk>;
  close(): Promise<void>;
}

export interface EncodedChunk {
  rows: EncodedRow[];
  encodings: Float32Array;
}

/** Images read before they are encoded: as many as an encoder takes at once. */
const BATCH = 250;

/** Sources in the order of their names; images that stand side by side are one source. `tell`: what was done to images. */
export async function embedSources(
  names: readonly string[],
  input: ImageInput,
  tell: (note: string) => void,
): Promise<EmbedSource[]> {
  const sources: EmbedSource[] = [];
  let images: string[] = [];
  const flush = () => {
    if (images.length > 0) sources.push(imageList(images, input, tell));
    images = [];
  };
  try {
    for (const name of names) {
      const listed = imagesAt(name);
      if (listed) images.push(...listed);
      else {
        flush();
        sources.push(
          records(await openSource(name, undefined, inputOptions(input)), names.length > 1 ? `${name}/` : ''),
        );
      }
    }
    flush();
    return sources;
  } catch (error) {
    for (const source of sources) await source.close();
    throw error;
  }
}

/** An image file or a folder of nothing but images; undefined for data sets, folders of folders among them. */
function imagesAt(name: string): string[] | undefined {
  if (name === '-' || IMAGE_NAME.test(name)) return [name];
  const found = statSync(name, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return undefined;
  const entries = readdirSync(name, { withFileTypes: true });
  if (entries.some((entry) => entry.isDirectory())) return undefined;
  const images = entries.map((entry) => entry.name).filter((entry) => IMAGE_NAME.test(entry));
  return images.length > 0 ? images.sort().map((entry) => path.join(name, entry)) : undefined;
}

/** Records of a data set. */
export function records(source: RecordSource, prefix = ''): EmbedSource {
  const { count, classNames, name, channels, height, width } = source.info;
  return {
    name,
    count,
    async *chunks(encoderFor) {
      for await (const { from, records: some, encodings } of encodedChunks(
        encoderFor([channels, height, width]),
        source,
      )) {
        const rows: EncodedRow[] = [];
        for (let i = 0; i < some.count; i++) {
          const label = some.labels[i]!;
          rows.push({ key: prefix + (await source.key(from + i)), label, name: classNames?.[label] });
        }
        yield { rows, encodings };
      }
    },
    close: () => source.close(),
  };
}

/** Image files; those of one size are encoded together. */
function imageList(names: readonly string[], input: ImageInput, tell: (note: string) => void): EmbedSource {
  return {
    name: names.length === 1 ? names[0]! : `${names.length} images`,
    count: names.length,
    async *chunks(encoderFor) {
      for (let from = 0; from < names.length; from += BATCH) {
        const some = names.slice(from, from + BATCH);
        yield { rows: some.map((key) => ({ key })), encodings: await encodeImages(some, input, encoderFor, tell) };
      }
    },
    close: async () => {},
  };
}

async function encodeImages(
  names: readonly string[],
  input: ImageInput,
  encoderFor: EncoderFor,
  tell: (note: string) => void,
): Promise<Float32Array> {
  const images: RecordSet[] = [];
  await inParallel(names.length, IMAGES_AT_ONCE, async (i) => {
    const { record, note } = await readImage(names[i]!, input);
    if (note) tell(note);
    images[i] = record;
  });
  const groups = new Map<string, number[]>();
  for (const [i, image] of images.entries()) {
    const key = shapeOf(image).join();
    groups.set(key, [...(groups.get(key) ?? []), i]);
  }
  let encodings: Float32Array | undefined;
  for (const members of groups.values()) {
    const encoder = encoderFor(shapeOf(images[members[0]!]!));
    const some = await encoder.encode(joinRecords(members.map((i) => images[i]!)));
    const { dimension } = encoder;
    encodings ??= new Float32Array(names.length * dimension);
    for (const [m, i] of members.entries())
      encodings.set(some.subarray(m * dimension, (m + 1) * dimension), i * dimension);
  }
  if (!encodings) throw new SiameseError('internal', 'no images to encode');
  return encodings;
}
