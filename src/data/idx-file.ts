/** One IDX file, plain or gzipped: its header and its elements. */
import { constants as bufferConstants } from 'node:buffer';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { SiameseError } from '../errors.js';

/** A header: two zero bytes, the element type (8: unsigned byte), the number of dimensions, then these. */
const UNSIGNED_BYTE = 8;

export interface IdxFile {
  dims: number[];
  /** The elements, without the header. */
  load(): Uint8Array;
}

/** Checks the header and that the file is whole; a gzipped one has to be unpacked for that. */
export function openIdxFile(file: string, dimensions: number): IdxFile {
  const headerBytes = 4 + 4 * dimensions;
  return guarded(file, () => {
    const fd = openSync(file, 'r');
    try {
      const start = Buffer.alloc(headerBytes);
      const got = readSync(fd, start, 0, headerBytes, 0);
      if (start[0] === 0x1f && start[1] === 0x8b) return unpack(file, dimensions);
      const dims = readHeader(file, start.subarray(0, got), dimensions);
      checkSize(file, dims, fstatSync(fd).size);
      return { dims, load: () => guarded(file, () => readFileSync(file).subarray(headerBytes)) };
    } finally {
      closeSync(fd);
    }
  });
}

/** How much of a gzipped file surely holds its header; it unpacks to 4 MB at the very most. */
const GZIP_START = 4096;

/** The header tells how much to unpack: no more memory is taken, whatever the file goes on to hold. */
function unpack(file: string, dimensions: number): IdxFile {
  const packed = readFileSync(file);
  const start = gunzipSync(packed.subarray(0, GZIP_START), { finishFlush: constants.Z_SYNC_FLUSH });
  const dims = readHeader(file, start, dimensions);
  const maxOutputLength = Math.min(sizeOf(dims) + 1, bufferConstants.MAX_LENGTH);
  const bytes = gunzipSync(packed, { maxOutputLength });
  checkSize(file, dims, bytes.length);
  return { dims, load: () => bytes.subarray(4 + 4 * dimensions) };
}

function guarded<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (cause instanceof SiameseError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const what = code === 'ERR_BUFFER_TOO_LARGE' ? 'it has bytes left over' : message;
    throw new SiameseError('data', `${file}: ${what}`, { cause });
  }
}

/** Of the whole file, header included. */
function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1) + 4 + 4 * dims.length;
}

function checkSize(file: string, dims: readonly number[], size: number): void {
  const expected = sizeOf(dims);
  if (size === expected) return;
  const what = size < expected ? 'is truncated' : 'has bytes left over';
  throw new SiameseError('data', `${file} ${what}: ${size} bytes, its header means ${expected}`);
}

function readHeader(file: string, start: Buffer, dimensions: number): number[] {
  const wanted = dimensions === 3 ? 'images' : 'labels';
  if (start.length >= 4 && start.readUInt32BE(0) !== ((UNSIGNED_BYTE << 8) | dimensions)) {
    throw new SiameseError(
      'data',
      `${file} is no IDX file of ${wanted}: it begins with ${start.toString('hex', 0, 4)}`,
    );
  }
  if (start.length < 4 + 4 * dimensions) {
    throw new SiameseError('data', `${file} is truncated: ${start.length} bytes are no header`);
  }
  const dims = Array.from({ length: dimensions }, (_, i) => start.readUInt32BE(4 + 4 * i));
  if (dimensions === 3 && dims[0]! > 0 && (dims[1] === 0 || dims[2] === 0)) {
    throw new SiameseError('data', `${file} is corrupt: its images are of ${dims[1]} x ${dims[2]}`);
  }
  return dims;
}
