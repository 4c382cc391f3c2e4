/**
 * Checks a LevelDB's checksums before it is opened: LevelDB itself skips damaged records of a log in silence, so that
 * a truncated database would only look smaller, and by default it does not check the blocks of its tables.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { crc32c } from './crc32.js';
import { snappyUncompress } from './snappy.js';

/** A log is a row of blocks; a record that does not fit goes on in the next. */
const LOG_BLOCK = 32768;
const LOG_HEADER = 7; // u32 checksum, u16 length, u8 type
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

const FOOTER = 48;
const TABLE_MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
const BLOCK_TRAILER = 5; // u8 compression, u32 checksum
const SNAPPY = 1;

/** Up to here every block of every table is read at opening; of larger sets only the indices, or it would take minutes. */
const FULL_CHECK_BYTES = 2 ** 30;

/** `folder` holds the files (or links to them); `source` is the database's name in messages. */
export function checkLevelDb(source: string, folder: string): void {
  const names = readdirSync(folder);
  for (const name of names) {
    if (/\.log$|^MANIFEST-/.test(name)) checkLog(readFileSync(path.join(folder, name)), `${source}/${name}`);
  }
  const tables = names.filter((name) => /\.(ldb|sst)$/.test(name));
  let bytes = 0;
  for (const name of tables) {
    bytes += checkTable(path.join(folder, name), `${source}/${name}`, bytes <= FULL_CHECK_BYTES);
  }
}

function checkLog(log: Uint8Array, name: string): void {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  let inside = false;
  for (let at = 0; at < log.length; ) {
    const left = LOG_BLOCK - (at % LOG_BLOCK);
    if (left < LOG_HEADER) {
      at += left;
      continue;
    }
    if (at + LOG_HEADER > log.length) throw truncated(name);
    const size = view.getUint16(at + 4, true);
    const type = log[at + 6]!;
    if (type === 0 && size === 0) {
      at += left; // room set aside and not used
      continue;
    }
    if (size > left - LOG_HEADER) throw corrupt(name, at);
    if (at + LOG_HEADER + size > log.length) throw truncated(name);
    if (unmask(view.getUint32(at, true)) !== crc32c(log.subarray(at + 6, at + LOG_HEADER + size)))
      throw corrupt(name, at);
    const starts = type === FULL || type === FIRST;
    if ((!starts && type !== MIDDLE && type !== LAST) || starts === inside) throw corrupt(name, at);
    inside = type === FIRST || type === MIDDLE;
    at += LOG_HEADER + size;
  }
  if (inside) throw truncated(name);
}

/** Returns the size of the table. */
function checkTable(file: string, name: string, allBlocks: boolean): number {
  const fd = openTable(file, name);
  try {
    const { size } = fstatSync(fd);
    const read = (at: number, bytes: number): Buffer => {
      const out = Buffer.alloc(bytes);
      if (at < 0 || at + bytes > size || readSync(fd, out, 0, bytes, at) !== bytes) throw truncated(name);
      return out;
    };
    const footer = read(size - FOOTER, FOOTER);
    if (TABLE_MAGIC.some((byte, i) => footer[FOOTER - 8 + i] !== byte)) throw truncated(name);
    const handles = new Varints(footer, name);
    const meta = handles.handle();
    const index = readBlock(read, handles.handle(), name, size);
    readBlock(read, meta, name, size);
    if (allBlocks) for (const handle of blockHandles(index, name)) readBlock(read, handle, name, size);
    return size;
  } finally {
    closeSync(fd);
  }
}

function openTable(file: string, name: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    throw new SiameseError('data', `${name}: ${(cause as Error).message}`, { cause });
  }
}

interface Handle {
  at: number;
  size: number;
}

/** A block's content, its checksum checked. */
function readBlock(
  read: (at: number, bytes: number) => Buffer,
  handle: Handle,
  name: string,
  limit: number,
): Uint8Array {
  if (handle.at + handle.size + BLOCK_TRAILER > limit) throw corrupt(name, handle.at);
  const stored = read(handle.at, handle.size + BLOCK_TRAILER);
  if (unmask(stored.readUInt32LE(handle.size + 1)) !== crc32c(stored.subarray(0, handle.size + 1))) {
    throw corrupt(name, handle.at);
  }
  const content = stored.subarray(0, handle.size);
  if (stored[handle.size] !== SNAPPY) return content;
  const plain = snappyUncompress(content);
  if (!plain) throw corrupt(name, handle.at);
  return plain;
}

/** The values of an index block: entries of shared, unshared and value length, then key and value; restarts behind. */
function blockHandles(block: Uint8Array, name: string): Handle[] {
  if (block.length < 4) throw corrupt(name, 0);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const end = block.length - 4 - 4 * view.getUint32(block.length - 4, true);
  const entries = new Varints(block, name);
  const handles: Handle[] = [];
  while (entries.at < end) {
    entries.next();
    const keySize = entries.next();
    const valueEnd = entries.next() + entries.at + keySize;
    entries.at += keySize;
    handles.push(entries.handle());
    entries.at = valueEnd;
  }
  return handles;
}

class Varints {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 53; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw corrupt(this.#name, this.at);
  }

  handle(): Handle {
    const at = this.next();
    return { at, size: this.next() };
  }
}

/** Checksums are stored rotated and shifted, as LevelDB explains in its format description. */
function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

function truncated(name: string): SiameseError {
  return new SiameseError('data', `${name} is truncated`, { help: 'copy or create the database again' });
}

function corrupt(name: string, at: number): SiameseError {
  return new SiameseError('data', `${name} is corrupt near byte ${at}`, { help: 'copy or create the database again' });
}
