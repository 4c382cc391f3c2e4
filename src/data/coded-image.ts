/** JPEG, WebP, GIF, TIFF, AVIF and large PNG images, decoded by libvips (npm sharp) on threads of its own. */
import { availableParallelism } from 'node:os';
import type sharpModule from 'sharp';
import { SiameseError } from '../errors.js';
import type { Image } from './image.js';
import { type ImageFormat, MAX_PIXELS } from './image-format.js';

type Sharp = typeof sharpModule;

let loaded: Sharp | undefined;

/**
 * Loaded here, because it takes as long as all else at the start of a program, and most runs read no such image. Each
 * image is decoded by one thread: there are many, and what is gained by several on one is lost to the engine.
 */
export function sharp(): Sharp {
  if (loaded) return loaded;
  // It decodes on the threads that Node has for files, four unless it is told before their first use.
  process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, availableParallelism()));
  try {
    loaded = require('sharp') as Sharp;
  } catch (cause) {
    throw new SiameseError('device', `the image library does not load: ${(cause as Error).message.split('\n')[0]}`, {
      help: 'reinstall it for this system: npm install sharp; PNG and BMP images are read without it',
      cause,
    });
  }
  loaded.cache(false);
  loaded.concurrency(1);
  return loaded;
}

/** Damaged data are an error, odd ones (a comment too long, say) are not, as with Caffe's OpenCV. */
const OPTIONS = {
  failOn: 'error',
  // Samples as they are stored: OpenCV knows nothing of colour profiles.
  ignoreIcc: true,
  pages: 1,
} as const;

/** GIF takes more memory than others while it is decoded: with a damaged size of 2^26 pixels 1.3 GB were measured. */
const optionsFor = (format: ImageFormat) => ({
  ...OPTIONS,
  limitInputPixels: format === 'gif' ? MAX_PIXELS / 4 : MAX_PIXELS,
});

/**
 * The picture as it is meant to be seen (turned as its EXIF says), gray (1 channel) or colour (3, planes B, G, R) as
 * stored (or colour all the same, where `channels` says that it will be converted); what is transparent is dropped, 16 bits
 * are cut to 8, and of an animation the first picture is taken.
 */
export async function decodeCoded(
  bytes: Uint8Array,
  format: ImageFormat,
  name: string,
  channels: 1 | 3 | undefined,
): Promise<Image> {
  return guarded(format, name, async () => {
    const image = sharp()(bytes, optionsFor(format)).autoOrient().removeAlpha();
    // Left to itself, libvips makes three equal planes of gray, which is as good where the caller converts anyway.
    if (channels === undefined && isGray(await image.metadata())) image.toColourspace('b-w');
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const planes = info.channels < 3 ? 1 : 3;
    return { channels: planes, height, width, bytes: toPlanes(data, width * height, info.channels, planes) };
  });
}

/** Size and kind of an image, from the header of its file or bytes. */
export async function codedSize(
  file: string | Uint8Array,
  format: ImageFormat,
  name: string,
): Promise<{ width: number; height: number; color: boolean }> {
  return guarded(format, name, async () => {
    const header = await sharp()(file, optionsFor(format)).metadata();
    return { ...header.autoOrient, color: !isGray(header) };
  });
}

function isGray({ channels, hasAlpha }: { channels: number; hasAlpha: boolean }): boolean {
  return channels - (hasAlpha ? 1 : 0) < 3;
}

function toPlanes(pixels: Uint8Array, plane: number, stored: number, planes: 1 | 3): Uint8Array {
  if (stored === 1) return new Uint8Array(pixels.buffer, pixels.byteOffset, plane);
  const bytes = new Uint8Array(planes * plane);
  for (let c = 0, to = 0; c < planes; c++) {
    const end = plane * stored;
    for (let at = planes - 1 - c; at < end; at += stored) bytes[to++] = pixels[at]!;
  }
  return bytes;
}

async function guarded<T>(format: ImageFormat, name: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof SiameseError) throw cause;
    const what = (cause as Error).message.trim().split('\n').at(-1)!;
    throw new SiameseError('data', `${name}: cannot read this ${format.toUpperCase()} image: ${what}`, { cause });
  }
}
