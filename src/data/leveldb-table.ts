/** LevelDB's table format: checks footer, index and blocks of one table. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SiameseError } from '../errors.js';
import { crc32c } from './crc32.js';
import { corrupt, truncated, unmask } from './leveldb-damage.js';
import { snappyUncompress } from './snappy.js';

const FOOTER = 48;
const TABLE_MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
const BLOCK_TRAILER = 5; // u8 compression, u32 checksum
const SNAPPY = 1;

/** Returns the size of the table. */
export function checkTable(file: string, name: string, allBlocks: boolean): number {
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
