/** An image file of any format to bytes as Caffe's OpenCV reads them: C x H x W, planes B, G, R or one of gray. */
import { SiameseError } from '../errors.js';
import { decodeBmp } from './bmp.js';
import { decodeCoded } from './coded-image.js';
import { cropImage, type Image, toChannels, type Window } from './image.js';
import { FORMATS_TEXT, imageFormat } from './image-format.js';
import { type Interpolation, resizeImage } from './image-resize.js';
import { decodePng, pngSize } from './png.js';
import { readPngChunks } from './png-chunks.js';

export interface DecodeOptions {
  /** 1: gray, 3: colour; by default what the file has. */
  channels?: 1 | 3 | undefined;
  /** The size to bring it to, both or neither. */
  height?: number | undefined;
  width?: number | undefined;
  /** How; `linear`, Caffe's, by default. */
  interpolation?: Interpolation | undefined;
  /** A part of the image, cut out in the end. */
  window?: Window | undefined;
}

/**
 * From so many pixels on, a PNG goes to threads of their own; below, decoding it here takes less than starting them.
 * The result is the same.
 */
const LARGE_PNG = 256 * 256;

/**
 * Decodes PNG, JPEG, WebP, GIF, TIFF, AVIF and BMP, told apart by their first bytes. Throws SiameseError('data') for
 * what is damaged, cut off, of another format or of more than 2^26 pixels (GIF: 2^24). `name` is for messages.
 */
export async function decodeImage(bytes: Uint8Array, name: string, options: DecodeOptions = {}): Promise<Image> {
  return finish(await decode(bytes, name, options.channels), name, options);
}

async function decode(bytes: Uint8Array, name: string, channels: 1 | 3 | undefined): Promise<Image> {
  const format = imageFormat(bytes);
  switch (format) {
    case 'png': {
      const { width, height } = pngSize(bytes, name);
      if (width * height < LARGE_PNG) return decodePng(bytes, name);
      return decodeCoded(readPngChunks(bytes, name).file(), 'png', name, channels);
    }
    case 'bmp':
      return decodeBmp(bytes, name);
    case undefined:
      throw new SiameseError('data', `${name}: cannot read this image: ${unknown(bytes)}`, {
        help: `wanted: ${FORMATS_TEXT}`,
      });
    default:
      return decodeCoded(bytes, format, name, channels);
  }
}

function unknown(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty';
  return bytes.length < 12 ? 'it is truncated' : 'it is of no format that is known';
}

/** Gray first, as with Caffe, whose decoder makes it so; then the size. */
function finish(image: Image, name: string, options: DecodeOptions): Image {
  const { channels, height, width, interpolation, window } = options;
  const part = window && !height ? cropImage(image, window, name) : image;
  const gray = channels === undefined ? part : toChannels(part, channels);
  const sized = height && width ? resizeImage(gray, height, width, interpolation) : gray;
  return window && height ? cropImage(sized, window, name) : sized;
}
