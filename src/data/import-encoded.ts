/** Image files into an LMDB as they are, as convert_imageset -encoded has them; or encoded anew where they are changed. */
import { sharp } from './coded-image.js';
import { encodeDatum } from './datum.js';
import { decodeImage } from './decode-image.js';
import type { Image } from './image.js';
import type { ImageFiles } from './image-files.js';
import { imageFormat } from './image-format.js';
import { IMAGES_AT_ONCE } from './images-at-once.js';
import { dims, type ImageImportOptions, type ImportResult, keyOf, reportImport } from './import-options.js';
import { inParallel } from './in-parallel.js';
import { LabelIndex } from './label-index.js';
import { writeLmdb } from './lmdb-folder.js';
import { Random, usedSeed } from './random.js';
import { Unreadable } from './unreadable.js';

/** Stream of the seed, as in import.ts. */
const SHUFFLE = 11;
/** Files in memory at a time. */
const CHUNK = 256;
/** OpenCV's. */
const JPEG_QUALITY = 95;

export async function importEncoded(
  source: ImageFiles,
  output: string,
  options: ImageImportOptions,
): Promise<ImportResult> {
  const seed = usedSeed(options.seed);
  const { info } = source;
  const order = Int32Array.from({ length: info.count }, (_, i) => i);
  if (options.shuffle) Random.seeded(seed, SHUFFLE).shuffle(order);
  const labels = new LabelIndex(await source.labels()).labels.length;
  await writeLmdb(output, { force: options.force, classNames: info.classNames }, async (put) => {
    for (let from = 0; from < order.length; from += CHUNK) {
      const some = order.subarray(from, from + CHUNK);
      const records: { name: string; value: Uint8Array }[] = [];
      const unreadable = new Unreadable(info.name);
      await inParallel(some.length, IMAGES_AT_ONCE, async (i) => {
        const name = await source.key(some[i]!);
        await unreadable.guard(name, async () => {
          const { bytes, label } = source.file(some[i]!);
          const data = await encodedImage(bytes, name, source, options);
          records[i] = { name, value: encodeDatum({ data, label, encoded: true }) };
        });
      });
      unreadable.throwIfAny();
      for (const [i, { name, value }] of records.entries()) put(keyOf(from + i, `_${name}`), value);
      await reportImport(options, from + some.length, order.length);
    }
  });
  return { output, ...dims(info), count: info.count, labels, seed };
}

/** Decoded in any case, so that what cannot be read is told now. */
async function encodedImage(
  bytes: Buffer,
  name: string,
  { info }: ImageFiles,
  { gray, size, interpolation }: ImageImportOptions,
): Promise<Uint8Array> {
  const channels = info.channels as 1 | 3;
  const image = await decodeImage(bytes, name, { channels: gray ? 1 : undefined, ...size, interpolation });
  const format = imageFormat(bytes);
  const kept = !size && !gray && (format === 'jpeg' || format === 'png') && image.channels === channels;
  return kept ? bytes : encodeImage(image, format === 'jpeg');
}

async function encodeImage({ bytes, channels, height, width }: Image, jpeg: boolean): Promise<Uint8Array> {
  const plane = height * width;
  const pixels = new Uint8Array(bytes.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < plane; i++) pixels[i * channels + c] = bytes[(channels - 1 - c) * plane + i]!;
  }
  const image = sharp()(pixels, { raw: { width, height, channels: channels as 1 | 3 } });
  if (channels === 1) image.toColourspace('b-w');
  return jpeg ? image.jpeg({ quality: JPEG_QUALITY }).toBuffer() : image.png().toBuffer();
}
