/** A PNG file's chunks: the header, the palette and the compressed image data, each checked. */
import { SiameseError } from '../errors.js';
import { crc32 } from './crc32.js';
import type { PngHeader } from './png-filter.js';

export interface PngChunks {
  header: PngHeader;
  palette: Uint8Array | undefined;
  /** All IDAT chunks, joined. */
  data: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bit depths that go with each colour type. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Reads up to IEND, or with `headerOnly` just the header; throws SiameseError('data') for what is no whole PNG. */
export function readPngChunks(bytes: Uint8Array, name: string, headerOnly = false): PngChunks {
  const fail = (what: string, help?: string): never => {
    throw new SiameseError('data', `${name}: cannot read this image: ${what}`, { help });
  };
  if (isJpeg(bytes)) fail('it is a JPEG, which is not supported yet', 'convert it to PNG');
  if (!isPng(bytes)) fail(bytes.length < 8 ? 'it is truncated' : 'it is no PNG');

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | undefined;
  let palette: Uint8Array | undefined;
  const parts: Uint8Array[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) return fail('the file is truncated');
    const size = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (size > bytes.length - at - 12) return fail(`the file is truncated in chunk ${printable(type)}`);
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (crc32(bytes.subarray(at + 4, at + 8 + size)) !== view.getUint32(at + 8 + size)) {
      return fail(`chunk ${printable(type)} is corrupt: its checksum is wrong`);
    }
    at += 12 + size;
    if (header === undefined) {
      if (type !== 'IHDR' || size !== 13) return fail('it has no header');
      header = readHeader(body, fail);
      if (headerOnly) return { header, palette, data: body };
    } else if (type === 'PLTE') {
      if (size % 3 !== 0 || size === 0 || size > 768) return fail('its palette is corrupt');
      palette = body;
    } else if (type === 'IDAT') {
      parts.push(body);
    } else if (type === 'IEND') {
      break;
    } else if ((bytes[at - 8 - size]! & 0x20) === 0) {
      // An upper-case first letter marks a chunk that a reader must understand.
      return fail(`chunk ${printable(type)} is unknown`);
    }
  }
  if (parts.length === 0) return fail('it has no image data');
  if (header.colorType !== 3) palette = undefined;
  else if (!palette) return fail('its palette is missing');
  return { header, palette, data: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
}

function readHeader(body: Uint8Array, fail: (what: string) => never): PngHeader {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bitDepth, colorType, compression, filter, interlace] = [body[8]!, body[9]!, body[10]!, body[11]!, body[12]!];
  if (width === 0 || height === 0 || width > 0x7fffffff || height > 0x7fffffff) {
    fail(`its size, ${width} x ${height}, is impossible`);
  }
  if (!DEPTHS[colorType]?.includes(bitDepth)) fail(`colour type ${colorType} with ${bitDepth} bits is impossible`);
  if (compression !== 0 || filter !== 0 || interlace > 1) fail('it uses a method that no standard names');
  return { width, height, bitDepth, colorType, interlaced: interlace === 1 };
}

function printable(type: string): string {
  return /^[A-Za-z]{4}$/.test(type) ? type : '(damaged)';
}
