/** IDX files, as MNIST comes: one of images, one of labels, plain or gzipped. */
import { constants as bufferConstants } from 'node:buffer';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { SiameseError } from '../errors.js';
import { MemorySource } from './memory-source.js';

/** An IDX header: two zero bytes, the element type (8: unsigned byte), the number of dimensions, then these. */
const UNSIGNED_BYTE = 8;

export interface IdxPair {
  images: string;
  labels: string;
}

/** Opens a pair of files; the images are read when first needed. */
export function openIdx(name: string, pair: IdxPair): MemorySource {
  const images = openIdxFile(pair.images, 3);
  const labels = openIdxFile(pair.labels, 1);
  const [count, height, width] = images.dims as [number, number, number];
  if (labels.dims[0] !== count) {
    throw new SiameseError('data', `${name}: ${count} images in ${pair.images}, but ${labels.dims[0]} labels`);
  }
  if (count === 0) throw new SiameseError('data', `${name} holds no records`);
  let floats: Float32Array | undefined;
  const readLabels = (): Float32Array => {
    floats ??= Float32Array.from(labels.load());
    return floats;
  };
  return new MemorySource({
    info: { name, kind: 'idx', count, channels: 1, height, width },
    load: () => ({ bytes: images.load(), labels: readLabels(), count, channels: 1, height, width }),
    labels: readLabels,
  });
}

/**
 * The pair that a path means: `IMAGES,LABELS`; the file of images; a prefix such as `data/train` of
 * `data/train-images-idx3-ubyte`; or a folder with one pair. Undefined when the path means no IDX files.
 */
export function findIdx(source: string): IdxPair | undefined {
  const [images, labels, more] = source.split(',');
  if (images && labels && more === undefined && !existsSync(source)) return { images, labels };
  const folder = existsSync(source) && statSync(source).isDirectory();
  if (folder) return findInFolder(source);
  if (existsSync(source)) return isIdxOfImages(path.basename(source)) ? withLabels(source) : undefined;
  const parent = path.dirname(source);
  if (!existsSync(parent) || !statSync(parent).isDirectory()) return undefined;
  const found = readdirSync(parent).filter((file) => isIdxOfImages(file) && prefixOf(file) === path.basename(source));
  return found[0] === undefined ? undefined : withLabels(path.join(parent, found[0]));
}

/** `train-images-idx3-ubyte`, `train-images.idx3-ubyte`, either with `.gz`; the group is the prefix. */
const IMAGES_NAME = /^(.*?)[-_.]?images[-_.]idx3[-_.]ubyte(\.gz)?$/;

function isIdxOfImages(file: string): boolean {
  return IMAGES_NAME.test(file);
}

function prefixOf(file: string): string {
  return IMAGES_NAME.exec(file)?.[1] ?? '';
}

function findInFolder(folder: string): IdxPair | undefined {
  const found = new Map<string, string>();
  // Plain files after gzipped ones, so that of both the plain one stays.
  for (const file of readdirSync(folder).filter(isIdxOfImages).sort().reverse()) found.set(prefixOf(file), file);
  if (found.size === 0) return undefined;
  if (found.size > 1) {
    const choices = [...found.keys()].sort().map((prefix) => path.join(folder, prefix));
    throw new SiameseError('data', `${folder} holds more than one set of IDX files`, {
      help: `name one of them: ${choices.join(', ')}`,
    });
  }
  return withLabels(path.join(folder, [...found.values()][0]!));
}

function withLabels(images: string): IdxPair {
  const name = path.basename(images).replace('images', 'labels').replace('idx3', 'idx1');
  const plain = path.join(path.dirname(images), name.replace(/\.gz$/, ''));
  const labels = [plain, `${plain}.gz`].find((file) => existsSync(file));
  if (labels === undefined) throw new SiameseError('data', `${images}: its labels are missing: there is no ${plain}`);
  return { images, labels };
}

interface IdxFile {
  dims: number[];
  /** The elements, without the header. */
  load(): Uint8Array;
}

/** Checks the header and that the file is whole; a gzipped one has to be unpacked for that. */
function openIdxFile(file: string, dimensions: number): IdxFile {
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
