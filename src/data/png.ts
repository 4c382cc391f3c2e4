/** PNG images to planes of bytes as Caffe's OpenCV reads them: 8 bits a sample, planes B, G, R, no alpha. */
import { inflateSync } from 'node:zlib';
import { native } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { type Image, toChannels } from './image.js';
import { type PngChunks, type PngHeader, readPngChunks, readPngHeader } from './png-chunks.js';
import { hasPlainRows, unfilter } from './png-rows.js';

/** What pngjs may take for one image: a "decompression bomb" stops here. */
const MAX_BYTES = 256 * 1024 * 1024;
/** What pngjs keeps of each row besides its samples: an image of very many short rows is a bomb too. */
const ROW_BYTES = 512;
/** Image data of fewer bytes are inflated natively, without loading Node's zlib and the streams behind it. */
const SMALL = 1 << 18;

/** First column, first row, column step and row step of each pass of an interlaced image. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

let pngjs: typeof import('pngjs') | undefined;

/** The image, gray (1 channel) or colour (3) as stored, or as `channels` asks. `name` is for messages. */
export function decodePng(bytes: Uint8Array, name: string, channels?: 1 | 3): Image {
  const chunks = readPngChunks(bytes, name);
  const image = toPlanes(chunks.header, readSamples(chunks, inflateData(chunks, name), name));
  return channels === undefined ? image : toChannels(image, channels);
}

/** Size and kind of a PNG from its first bytes, for deciding on a set of images without decoding it. */
export function pngSize(bytes: Uint8Array, name: string): { width: number; height: number; color: boolean } {
  const { width, height, colorType } = readPngHeader(bytes, name);
  return { width, height, color: (colorType & 2) !== 0 };
}

/**
 * The image data, a filter byte before each row. Refuses an image that is too large, and one whose data do not inflate to
 * just the bytes that its header means: pngjs makes an image of uninitialised memory out of damaged data, and does not
 * notice data that go on.
 */
function inflateData({ header, data }: PngChunks, name: string): Uint8Array {
  const { width, height, bitDepth } = header;
  const rows = rowsOf(header);
  const count = rows.reduce((sum, pass) => sum + pass.count, 0);
  if (4 * width * height * (bitDepth === 16 ? 2 : 1) + ROW_BYTES * count > MAX_BYTES) {
    throw bad(name, `it is of ${width} x ${height} pixels, more than ${MAX_BYTES >> 20} MiB`);
  }
  const expected = rows.reduce((sum, pass) => sum + pass.count * pass.bytes, 0);
  let bytes: Uint8Array;
  try {
    bytes = expected < SMALL ? inflateSmall(data, expected) : inflateSync(data, { maxOutputLength: expected });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR' || message === 'truncated') throw bad(name, 'its image data is truncated', cause);
    if (code === 'ERR_BUFFER_TOO_LARGE' || message === 'too long')
      throw bad(name, 'it has more image data than its size says', cause);
    throw bad(name, `its image data is corrupt (${message})`, cause);
  }
  if (bytes.length < expected) throw bad(name, 'its image data is truncated');
  return bytes;
}

function inflateSmall(data: Uint8Array, size: number): Uint8Array {
  // It is filled or it throws. Node's pool spares many small images an ArrayBuffer each.
  const bytes = Buffer.allocUnsafe(size);
  native().inflate(data, bytes);
  return bytes;
}

/** Rows of each pass, and bytes of each row with its filter byte. */
function rowsOf(header: PngHeader): { count: number; bytes: number }[] {
  const bits = header.bitDepth * [1, 0, 3, 1, 2, 0, 4][header.colorType]!;
  return (header.interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const)).map(([x, y, dx, dy]) => {
    const columns = Math.max(0, Math.ceil((header.width - x) / dx));
    const count = columns === 0 ? 0 : Math.max(0, Math.ceil((header.height - y) / dy));
    return { count, bytes: 1 + Math.ceil((columns * bits) / 8) };
  });
}

interface Samples {
  /** R, G, B and alpha, or what there is of them: so many for each pixel, of 8 or 16 bits as stored, fewer bits widened to 8. */
  values: Uint8Array | Uint16Array;
  each: number;
}

function readSamples({ header, colors, file }: PngChunks, rows: Uint8Array, name: string): Samples {
  if (hasPlainRows(header)) {
    const fail = () => {
      throw bad(name, 'a row has an unknown filter');
    };
    return unfilter(header, rows, fail);
  }
  // Loaded here, because most runs read no such PNG.
  pngjs ??= require('pngjs') as typeof import('pngjs');
  try {
    // Rescaled, 16-bit samples would be rounded to 8 bits; OpenCV cuts them.
    return { values: pngjs.PNG.sync.read(file(), { skipRescale: header.bitDepth === 16 }).data, each: 4 };
  } catch (cause) {
    const { message } = cause as Error;
    const index = /^index (\d+) not in palette/.exec(message)?.[1];
    if (index !== undefined) throw bad(name, `it uses colour ${index} of a palette of ${colors}`, cause);
    if (message.startsWith('Unrecognised filter type')) throw bad(name, 'a row has an unknown filter', cause);
    throw bad(name, message, cause);
  }
}

/** Planes B, G, R or one of gray: the upper 8 bits of each sample. */
function toPlanes({ width, height, bitDepth, colorType }: PngHeader, { values, each }: Samples): Image {
  const channels = colorType & 2 ? 3 : 1;
  if (each === 1 && values instanceof Uint8Array) return { channels, height, width, bytes: values };
  const plane = width * height;
  const shift = bitDepth === 16 ? 8 : 0;
  const bytes = new Uint8Array(channels * plane);
  for (let c = 0, to = 0; c < channels; c++) {
    for (let from = channels - 1 - c; from < values.length; from += each) bytes[to++] = values[from]! >> shift;
  }
  return { channels, height, width, bytes };
}

function bad(name: string, what: string, cause?: unknown): SiameseError {
  return new SiameseError('data', `${name}: cannot read this PNG image: ${what}`, { cause });
}
