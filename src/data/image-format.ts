/** Tells image files apart by their first bytes: names lie, and records of a database have none. */

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'bmp' | 'avif';

/** What is said to be readable, in messages. */
export const FORMATS_TEXT = 'PNG, JPEG, WebP, GIF, TIFF, AVIF or BMP';

/** File names that are taken for images of these formats. */
export const IMAGE_NAME = /\.(png|jpe?g|jpe|jfif|webp|gif|tiff?|avif|bmp|dib)$/i;

/** Pixels of one image at most: a "decompression bomb" stops here, an 8192 x 8192 picture does not. */
export const MAX_PIXELS = 2 ** 26;

/** Bytes at the start of a file that are enough for imageFormat. */
export const MAGIC_BYTES = 16;

/** Undefined where the bytes begin as none of the formats does. */
export function imageFormat(bytes: Uint8Array): ImageFormat | undefined {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (text(0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'webp';
  if (/^GIF8[79]a$/.test(text(0, 6))) return 'gif';
  if (/^(II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b)$/.test(text(0, 4))) return 'tiff';
  if (text(4, 8) === 'ftyp' && /^avi[fs]$/.test(text(8, 12))) return 'avif';
  if (text(0, 2) === 'BM' && bytes.length > 6 && bytes[6] === 0 && bytes[7] === 0) return 'bmp';
  return undefined;
}
