/** Windows bitmaps to planes of bytes: every depth, palettes, run lengths, bit fields, either way up. */
import { SiameseError } from '../errors.js';
import { expandRuns } from './bmp-runs.js';
import type { Image } from './image.js';
import { MAX_PIXELS } from './image-format.js';

/** biCompression. */
const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHABITFIELDS = 6;

const FILE_HEADER = 14;

interface BmpHeader {
  /** Size of the header behind the file header. */
  size: number;
  width: number;
  height: number;
  topDown: boolean;
  depth: number;
  compression: number;
  /** Where the pixels begin. */
  pixels: number;
  palette: { at: number; entry: 3 | 4; colors: number };
}

/** Gray (1 channel) where the palette is gray, else colour (3): planes B, G, R. `name` is for messages. */
export function decodeBmp(bytes: Uint8Array, name: string): Image {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view, name);
  return header.depth <= 8 ? readPalette(bytes, view, header, name) : readDirect(view, header, name);
}

/** Size and kind from the headers and the palette: the file's first 2 KiB are enough. */
export function bmpSize(bytes: Uint8Array, name: string): { width: number; height: number; color: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view, name);
  const { width, height } = header;
  return { width, height, color: header.depth > 8 || !isGray(bytes, header) };
}

function readHeader(view: DataView, name: string): BmpHeader {
  if (view.byteLength < FILE_HEADER + 12) throw bad(name, 'the file is truncated');
  const pixels = view.getUint32(10, true);
  const size = view.getUint32(FILE_HEADER, true);
  const old = size === 12; // OS/2
  if (!old && (size < 40 || size > 256)) throw bad(name, `a header of ${size} bytes is unknown`);
  if (view.byteLength < FILE_HEADER + size) throw bad(name, 'the file is truncated');
  const at = FILE_HEADER + 4;
  const width = old ? view.getUint16(at, true) : view.getInt32(at, true);
  const signed = old ? view.getUint16(at + 2, true) : view.getInt32(at + 4, true);
  const height = Math.abs(signed);
  const depth = view.getUint16(old ? at + 6 : at + 10, true);
  const compression = old ? RGB : view.getUint32(at + 12, true);
  if (width <= 0 || height === 0) throw bad(name, `its size, ${width} x ${height}, is impossible`);
  if (width * height > MAX_PIXELS) {
    throw bad(name, `it is of ${width} x ${height} pixels, more than ${MAX_PIXELS}`);
  }
  checkKind(depth, compression, signed < 0, name);
  const used = old ? 0 : view.getUint32(at + 28, true);
  const masks = size === 40 ? { [BITFIELDS]: 12, [ALPHABITFIELDS]: 16 }[compression] : undefined;
  const palette = {
    at: FILE_HEADER + size + (masks ?? 0),
    entry: old ? (3 as const) : (4 as const),
    colors: depth > 8 ? 0 : used > 0 && used <= 1 << depth ? used : 1 << depth,
  };
  return { size, width, height, topDown: signed < 0, depth, compression, pixels, palette };
}

function checkKind(depth: number, compression: number, topDown: boolean, name: string): void {
  const depths: Record<number, number[]> = {
    [RGB]: [1, 4, 8, 16, 24, 32],
    [RLE8]: [8],
    [RLE4]: [4],
    [BITFIELDS]: [16, 32],
    [ALPHABITFIELDS]: [16, 32],
  };
  if (!depths[compression]) throw bad(name, `compression ${compression} is not supported`);
  if (!depths[compression].includes(depth))
    throw bad(name, `${depth} bits with compression ${compression} is impossible`);
  if (topDown && (compression === RLE8 || compression === RLE4)) throw bad(name, 'run lengths with the top row first');
}

function readPalette(bytes: Uint8Array, view: DataView, header: BmpHeader, name: string): Image {
  const { width, height, palette } = header;
  if (view.byteLength < palette.at + palette.colors * palette.entry) throw bad(name, 'its palette is truncated');
  const indices = readIndices(bytes, header, name);
  const channels = isGray(bytes, header) ? 1 : 3;
  const plane = width * height;
  const out = new Uint8Array(channels * plane);
  for (let i = 0; i < plane; i++) {
    const index = indices[i]!;
    if (index >= palette.colors) throw bad(name, `it uses colour ${index} of a palette of ${palette.colors}`);
    const at = palette.at + index * palette.entry;
    for (let c = 0; c < channels; c++) out[c * plane + i] = bytes[at + c]!;
  }
  return { channels, height, width, bytes: out };
}

function isGray(bytes: Uint8Array, { palette }: BmpHeader): boolean {
  for (let i = 0; i < palette.colors; i++) {
    const at = palette.at + i * palette.entry;
    if (bytes[at] !== bytes[at + 1] || bytes[at] !== bytes[at + 2]) return false;
  }
  return true;
}

/** One colour number per pixel, the top row first. */
function readIndices(bytes: Uint8Array, header: BmpHeader, name: string): Uint8Array {
  const { width, height, depth, compression, pixels } = header;
  const out = new Uint8Array(width * height);
  if (compression !== RGB) {
    const fail = (what: string) => bad(name, what);
    expandRuns(bytes.subarray(pixels), width, height, depth === 4, out, fail);
    return out;
  }
  const rows = rowsOf(bytes.length, header, name);
  const mask = (1 << depth) - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0, bit = 0; x < width; x++, bit += depth) {
      out[y * width + x] = (bytes[rows(y) + (bit >> 3)]! >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return out;
}

/** 16, 24 and 32 bits: the colours themselves. */
function readDirect(view: DataView, header: BmpHeader, name: string): Image {
  const { width, height, depth } = header;
  const rows = rowsOf(view.byteLength, header, name);
  const plane = width * height;
  const out = new Uint8Array(3 * plane);
  const fields = depth === 24 ? [] : colorFields(view, header, name);
  const step = depth / 8;
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = rows(y); x < width; x++, at += step, to++) {
      if (depth === 24) {
        for (let c = 0; c < 3; c++) out[c * plane + to] = view.getUint8(at + c);
        continue;
      }
      const value = depth === 16 ? view.getUint16(at, true) : view.getUint32(at, true);
      for (let c = 0; c < 3; c++) {
        const { shift, most } = fields[c]!;
        out[c * plane + to] = most === 0 ? 0 : Math.round((((value >>> shift) & most) * 255) / most);
      }
    }
  }
  return { channels: 3, height, width, bytes: out };
}

/** Where B, G and R lie in a pixel of 16 or 32 bits. */
function colorFields(view: DataView, header: BmpHeader, name: string): { shift: number; most: number }[] {
  const { depth, compression } = header;
  const masks = compression === RGB ? (depth === 16 ? [0x1f, 0x3e0, 0x7c00] : [0xff, 0xff00, 0xff0000]) : [];
  // R, G, B follow the first 40 bytes of the header, or are a part of a longer one.
  for (let c = 2; compression !== RGB && c >= 0; c--) {
    const at = FILE_HEADER + 40 + 4 * c;
    if (at + 4 > view.byteLength) throw bad(name, 'the file is truncated');
    masks.push(view.getUint32(at, true));
  }
  return masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    const most = mask >>> shift;
    if (((most + 1) & most) !== 0 || most > 0xffff) throw bad(name, 'its colour masks are corrupt');
    return { shift, most };
  });
}

/** The offset of each row, the top one being row 0; throws where the rows do not fit into the file. */
function rowsOf(bytes: number, header: BmpHeader, name: string): (y: number) => number {
  const { width, height, depth, pixels, topDown } = header;
  const pitch = Math.ceil((width * depth) / 32) * 4;
  // The padding of the last row may be missing: some programs leave it out.
  if (pixels + (height - 1) * pitch + Math.ceil((width * depth) / 8) > bytes) {
    throw bad(name, 'its image data is truncated');
  }
  return (y) => pixels + (topDown ? y : height - 1 - y) * pitch;
}

function bad(name: string, what: string): SiameseError {
  return new SiameseError('data', `${name}: cannot read this BMP image: ${what}`);
}
