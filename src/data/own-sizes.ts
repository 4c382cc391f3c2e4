/** Whether the encoded images of a database have several sizes. */
import { bmpSize } from './bmp.js';
import { codedSize } from './coded-image.js';
import type { Database } from './database-source.js';
import { DatumError, DatumReader } from './datum.js';
import { imageFormat } from './image-format.js';
import { IMAGES_AT_ONCE } from './images-at-once.js';
import { inParallel } from './in-parallel.js';
import { pngSize } from './png.js';
import type { Shape } from './record-collector.js';

/** A set that would be larger than this is not looked through: it would not be held in memory anyway. */
const MOST_BYTES = 2 ** 30;
const RECORDS_AT_ONCE = 1024;

/**
 * False where the first record is no encoded image, or all are as large as it. True where one is not, and where the set is
 * too large to look: then nothing is lost by taking each as it comes. Damaged records are left to whoever reads them.
 */
export async function ownSizes(database: Database, [channels, height, width]: Shape): Promise<boolean> {
  const datum = new DatumReader();
  let encoded = false;
  await database.scan(0, 1, (_, value) => {
    datum.read(value);
    encoded = datum.encoded;
  });
  if (!encoded) return false;
  if (database.count * channels * height * width > MOST_BYTES) return true;
  let differ = false;
  for (let from = 0; from < database.count && !differ; from += RECORDS_AT_ONCE) {
    const images: Uint8Array[] = [];
    await database.scan(from, Math.min(RECORDS_AT_ONCE, database.count - from), (_, value) => {
      try {
        datum.read(value);
      } catch (error) {
        if (error instanceof DatumError) return; // named with its key when it is read
        throw error;
      }
      if (datum.encoded && datum.data) images.push(datum.data.slice());
    });
    await inParallel(images.length, IMAGES_AT_ONCE, async (i) => {
      const size = await sizeOf(images[i]!);
      if (size && (size.height !== height || size.width !== width)) differ = true;
    });
  }
  return differ;
}

/** Undefined where the header cannot be read. */
async function sizeOf(bytes: Uint8Array): Promise<{ height: number; width: number } | undefined> {
  const format = imageFormat(bytes);
  try {
    if (format === 'png') return pngSize(bytes, '');
    if (format === 'bmp') return bmpSize(bytes, '');
    return format && (await codedSize(Buffer.from(bytes), format, ''));
  } catch (error) {
    if ((error as { code?: string }).code === 'data') return undefined;
    throw error;
  }
}
