/** PNG images to planes of bytes as Caffe's OpenCV reads them: 8 bits a sample, planes B, G, R, no alpha. */
import { inflateSync } from 'node:zlib';
import { SiameseError } from '../errors.js';
import { type Image, toChannels } from './image.js';
import { readPngChunks } from './png-chunks.js';
import { bytesPerPixelToFilter, type PngHeader, pngPasses, samplesPerPixel, unfilter } from './png-filter.js';

/** What one image may take once inflated: a "decompression bomb" stops here. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The image, gray (1 channel) or colour (3) as stored, or as `channels` asks. `name` is for messages. */
export function decodePng(bytes: Uint8Array, name: string, channels?: 1 | 3): Image {
  const { header, palette, data } = readPngChunks(bytes, name);
  const passes = pngPasses(header);
  const expected = passes.reduce((sum, pass) => sum + pass.height * (1 + pass.rowBytes), 0);
  if (expected > MAX_BYTES) {
    throw bad(name, `it is of ${header.width} x ${header.height} pixels, more than ${MAX_BYTES >> 20} MiB`);
  }
  const raw = inflate(data, expected, name);

  const planes = header.colorType & 2 ? 3 : 1;
  const image = { channels: planes, height: header.height, width: header.width, bytes: new Uint8Array(0) };
  image.bytes = new Uint8Array(planes * image.height * image.width);
  const step = bytesPerPixelToFilter(header);
  let at = 0;
  for (const pass of passes) {
    if (!unfilter(raw, at, pass.height, pass.rowBytes, step)) throw bad(name, 'a row has an unknown filter');
    for (let row = 0; row < pass.height; row++) {
      const y = pass.y + row * pass.dy;
      writeRow(raw, at + row * (1 + pass.rowBytes) + 1, pass.width, header, palette, image, y, pass.x, pass.dx, name);
    }
    at += pass.height * (1 + pass.rowBytes);
  }
  return channels === undefined ? image : toChannels(image, channels);
}

/** Size and kind of a PNG from its first bytes, for deciding on a set of images without decoding it. */
export function pngSize(bytes: Uint8Array, name: string): { width: number; height: number; color: boolean } {
  const { header } = readPngChunks(bytes, name, true);
  return { width: header.width, height: header.height, color: (header.colorType & 2) !== 0 };
}

function inflate(data: Uint8Array, expected: number, name: string): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = inflateSync(data, { maxOutputLength: Math.max(1, expected) });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'Z_BUF_ERROR') throw bad(name, 'its image data is truncated', cause);
    if (code === 'ERR_BUFFER_TOO_LARGE') throw bad(name, 'it has more image data than its size says', cause);
    throw bad(name, `its image data is corrupt (${(cause as Error).message})`, cause);
  }
  if (raw.length < expected) throw bad(name, 'its image data is truncated');
  return raw;
}

/** Unpacks one row of samples into the planes: bits widened to 0..255, 16 bits cut to the upper 8, alpha left out. */
function writeRow(
  raw: Uint8Array,
  at: number,
  count: number,
  header: PngHeader,
  palette: Uint8Array | undefined,
  image: Image,
  y: number,
  x0: number,
  dx: number,
  name: string,
): void {
  const { bitDepth, colorType } = header;
  const out = image.bytes;
  const plane = image.height * image.width;
  let to = y * image.width + x0;
  if (bitDepth < 8) {
    const mask = (1 << bitDepth) - 1;
    const scale = 255 / mask;
    for (let i = 0, bit = 0; i < count; i++, bit += bitDepth, to += dx) {
      const value = (raw[at + (bit >> 3)]! >> (8 - bitDepth - (bit & 7))) & mask;
      if (palette) writeIndexed(out, to, plane, palette, value, name);
      else out[to] = value * scale;
    }
    return;
  }
  const sample = bitDepth >> 3;
  const step = sample * samplesPerPixel(colorType);
  for (let i = 0; i < count; i++, at += step, to += dx) {
    if (palette) {
      writeIndexed(out, to, plane, palette, raw[at]!, name);
    } else if (image.channels === 1) {
      out[to] = raw[at]!;
    } else {
      out[to] = raw[at + 2 * sample]!;
      out[to + plane] = raw[at + sample]!;
      out[to + 2 * plane] = raw[at]!;
    }
  }
}

function writeIndexed(
  out: Uint8Array,
  to: number,
  plane: number,
  palette: Uint8Array,
  index: number,
  name: string,
): void {
  const entry = 3 * index;
  if (entry >= palette.length) throw bad(name, `it uses colour ${index} of a palette of ${palette.length / 3}`);
  out[to] = palette[entry + 2]!;
  out[to + plane] = palette[entry + 1]!;
  out[to + 2 * plane] = palette[entry]!;
}

function bad(name: string, what: string, cause?: unknown): SiameseError {
  return new SiameseError('data', `${name}: cannot read this PNG image: ${what}`, { cause });
}
