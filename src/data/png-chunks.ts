/** A PNG file's chunks: walked and checked before a decoder sees them, and cut down to those that matter. */
import { SiameseError } from '../errors.js';
import { crc32 } from './crc32.js';

export interface PngHeader {
  width: number;
  height: number;
  bitDepth: number;
  colorType: number;
  interlaced: boolean;
}

export interface PngChunks {
  header: PngHeader;
  /** Entries of the palette; 0 for an image without one. */
  colors: number;
  /** The contents of all IDAT chunks, joined. */
  data: Uint8Array;
  /** Puts together the same PNG of header, palette, image data and end only: no transparency, comments or trailing bytes. */
  file(): Buffer;
}

interface Chunk {
  type: string;
  body: Uint8Array;
  /** With length, type and checksum. */
  whole: Uint8Array;
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

function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** The header alone, which is the file's first 33 bytes; the rest may be missing. */
export function readPngHeader(bytes: Uint8Array, name: string): PngHeader {
  const fail = failure(name);
  checkSignature(bytes, fail);
  const first = readChunk(bytes, SIGNATURE.length, fail);
  if (first.type !== 'IHDR' || first.body.length !== 13) return fail('it has no header');
  return readHeader(first.body, fail);
}

/** Reads up to IEND; throws SiameseError('data') for what is no whole PNG. */
export function readPngChunks(bytes: Uint8Array, name: string): PngChunks {
  const fail = failure(name);
  const header = readPngHeader(bytes, name);
  const start = SIGNATURE.length + 25;
  const kept = [bytes.subarray(0, start)];
  const data: Uint8Array[] = [];
  let colors = 0;
  for (let at = start; ; ) {
    const { type, body, whole } = readChunk(bytes, at, fail);
    at += whole.length;
    if (type === 'PLTE') {
      if (body.length % 3 !== 0 || body.length === 0 || body.length > 768) return fail('its palette is corrupt');
      if (header.colorType !== 3) continue; // a suggestion for screens of few colours
      if (colors > 0) return fail('it has two palettes');
      colors = body.length / 3;
    } else if (type === 'IDAT') {
      if (header.colorType === 3 && colors === 0) return fail('its palette is missing');
      data.push(body);
    } else if (type !== 'IEND') {
      // An upper-case first letter marks a chunk that a reader must understand.
      if ((whole[4]! & 0x20) === 0) return fail(`chunk ${printable(type)} is unknown`);
      continue;
    }
    kept.push(whole);
    if (type === 'IEND') break;
  }
  if (data.length === 0) return fail('it has no image data');
  return { header, colors, data: data.length === 1 ? data[0]! : Buffer.concat(data), file: () => Buffer.concat(kept) };
}

function failure(name: string): (what: string) => never {
  return (what) => {
    throw new SiameseError('data', `${name}: cannot read this image: ${what}`);
  };
}

function checkSignature(bytes: Uint8Array, fail: (what: string) => never): void {
  if (!isPng(bytes)) fail(bytes.length < 8 ? 'it is truncated' : 'it is no PNG');
}

function readChunk(bytes: Uint8Array, at: number, fail: (what: string) => never): Chunk {
  if (at + 12 > bytes.length) return fail('the file is truncated');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(at);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  if (size > bytes.length - at - 12) return fail(`the file is truncated in chunk ${printable(type)}`);
  if (crc32(bytes.subarray(at + 4, at + 8 + size)) !== view.getUint32(at + 8 + size)) {
    return fail(`chunk ${printable(type)} is corrupt: its checksum is wrong`);
  }
  return { type, body: bytes.subarray(at + 8, at + 8 + size), whole: bytes.subarray(at, at + 12 + size) };
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
