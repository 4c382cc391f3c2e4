/**
 * Reads HDF5 files as Caffe writes them: old-style groups, whole datasets of numbers or text. Source: HDF5 File Format
 * Specification 3.0, superblock 0 and 1, object headers of version 1, B-trees and symbol tables of groups. Every address
 * and size is held against the file; damage is an Hdf5Error. What other programs write (chunks, compression) is not read
 * here but by h5wasm, see data/hdf5-source.ts.
 */
import { type ByteCursor, cursor, Hdf5Error } from './hdf5-bytes.js';

export { Hdf5Error } from './hdf5-bytes.js';

export interface Hdf5Dataset {
  kind: 'dataset';
  shape: number[];
  /** Numbers, as floats, or the bytes of a text. */
  values: Float32Array | Uint8Array;
}

export interface Hdf5Group {
  kind: 'group';
  /** In order of name. */
  members: Map<string, Hdf5Group | Hdf5Dataset>;
}

const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** Groups within groups: more than any net has. */
const DEEPEST = 16;
/** Object header messages. */
const MESSAGE = { dataspace: 1, datatype: 3, layout: 8, filters: 11, continuation: 16, symbols: 17 } as const;
const DATATYPE = { integer: 0, float: 1, text: 3 } as const;
const LAYOUT = { compact: 0, contiguous: 1 } as const;

export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length));
}

/** The root group with all below it. Throws Hdf5Error. */
export function readHdf5(bytes: Uint8Array): Hdf5Group {
  if (!isHdf5(bytes)) throw new Hdf5Error('it is no HDF5 file');
  const at = cursor(bytes, SIGNATURE.length);
  const version = at.u8();
  if (version > 1) throw new Hdf5Error(`a superblock of version ${version} is not read here`);
  at.skip(4);
  if (at.u8() !== 8 || at.u8() !== 8) throw new Hdf5Error('its addresses are not of 8 bytes');
  at.skip(1 + 2 + 2 + 4 + (version === 1 ? 4 : 0) + 4 * 8 + 8);
  const root = new Reader(bytes).object(at.address(), 0);
  if (root.kind !== 'group') throw new Hdf5Error('its root is no group');
  return root;
}

interface Message {
  type: number;
  body: ByteCursor;
}

class Reader {
  /** Objects seen, so that a damaged file cannot lead round in circles. */
  readonly #seen = new Set<number>();

  constructor(private readonly bytes: Uint8Array) {}

  object(address: number, depth: number): Hdf5Group | Hdf5Dataset {
    if (this.#seen.has(address) || depth > DEEPEST) throw new Hdf5Error('its groups lead round in circles');
    this.#seen.add(address);
    const messages = this.messages(address);
    const find = (type: number) => messages.find((message) => message.type === type)?.body;
    const symbols = find(MESSAGE.symbols);
    if (symbols) return this.group(symbols.address(), symbols.address(), depth);
    const [space, type, layout] = [find(MESSAGE.dataspace), find(MESSAGE.datatype), find(MESSAGE.layout)];
    if (!space || !type || !layout) throw new Hdf5Error('an object is neither an old-style group nor a dataset');
    if (find(MESSAGE.filters)) throw new Hdf5Error('a dataset is compressed');
    return dataset(this.bytes, shapeOf(space), type, layout);
  }

  private messages(address: number): Message[] {
    const head = cursor(this.bytes, address);
    if (head.u8() !== 1) throw new Hdf5Error('an object header is of another version, or damaged');
    head.skip(1);
    const count = head.u16();
    head.skip(4);
    const blocks = [{ at: address + 16, size: head.u32() }];
    const messages: Message[] = [];
    for (let block = blocks.shift(); block && messages.length < count; block = blocks.shift()) {
      const at = cursor(this.bytes, block.at, block.size);
      while (at.left >= 8 && messages.length < count) {
        const [type, size] = [at.u16(), at.u16()];
        at.skip(4);
        const body = at.take(size);
        messages.push({ type, body });
        if (type === MESSAGE.continuation) {
          const next = body.copy();
          blocks.push({ at: next.address(), size: next.length() });
        }
      }
    }
    return messages;
  }

  private group(tree: number, heap: number, depth: number): Hdf5Group {
    const names = this.heap(heap);
    const members = new Map<string, Hdf5Group | Hdf5Dataset>();
    for (const node of this.symbolNodes(tree, 0)) {
      const at = cursor(this.bytes, node);
      at.expect('SNOD');
      at.skip(2);
      for (let left = at.u16(); left > 0; left--) {
        const name = names(at.length());
        const header = at.address();
        at.skip(24);
        members.set(name, this.object(header, depth + 1));
      }
    }
    return { kind: 'group', members };
  }

  /** Addresses of a group's symbol table nodes, in order of name. */
  private symbolNodes(address: number, depth: number): number[] {
    if (depth > DEEPEST) throw new Hdf5Error('a B-tree is too deep');
    const at = cursor(this.bytes, address);
    at.expect('TREE');
    if (at.u8() !== 0) throw new Hdf5Error('a B-tree is not of a group');
    const level = at.u8();
    const used = at.u16();
    at.skip(16);
    const children: number[] = [];
    for (let i = 0; i < used; i++) {
      at.skip(8);
      children.push(at.address());
    }
    return level === 0 ? children : children.flatMap((child) => this.symbolNodes(child, depth + 1));
  }

  /** Names by their offsets. */
  private heap(address: number): (offset: number) => string {
    const at = cursor(this.bytes, address);
    at.expect('HEAP');
    at.skip(4);
    const size = at.length();
    at.skip(8);
    const data = this.bytes.subarray(at.address());
    return (offset) => {
      const end = data.subarray(0, size).indexOf(0, offset);
      if (offset >= size || end < 0) throw new Hdf5Error('a name is damaged');
      return Buffer.from(data.subarray(offset, end)).toString('utf8');
    };
  }
}

function shapeOf(space: ByteCursor): number[] {
  const version = space.u8();
  const rank = space.u8();
  space.skip(version === 1 ? 6 : 2);
  if (version > 2 || rank > 32) throw new Hdf5Error('a dataspace is damaged');
  return Array.from({ length: rank }, () => space.length());
}

function dataset(bytes: Uint8Array, shape: number[], type: ByteCursor, layout: ByteCursor): Hdf5Dataset {
  const kind = type.u8() & 15;
  const flags = type.u8();
  type.skip(2);
  const size = type.u32();
  const count = shape.reduce((product, dim) => product * dim, 1);
  const data = dataOf(bytes, layout, count * size);
  if (kind === DATATYPE.text) return { kind: 'dataset', shape, values: data };
  if (flags & 1) throw new Hdf5Error('a dataset has its high bytes first');
  // The usual case, and fast: weights are many.
  if (kind === DATATYPE.float && size === 4) {
    const copy = Uint8Array.from(data);
    return { kind: 'dataset', shape, values: new Float32Array(copy.buffer) };
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = readerOf(kind, size, (flags & 8) !== 0);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, i * size);
  return { kind: 'dataset', shape, values };
}

function dataOf(bytes: Uint8Array, layout: ByteCursor, size: number): Uint8Array {
  if (layout.u8() !== 3) throw new Hdf5Error('a data layout is of another version');
  const kind = layout.u8();
  if (kind === LAYOUT.compact) return layout.take(layout.u16()).take(size).rest();
  if (kind !== LAYOUT.contiguous) throw new Hdf5Error('a dataset is stored in chunks');
  if (size === 0) return new Uint8Array(0);
  return cursor(bytes, layout.address(), size).rest();
}

type ReadNumber = (view: DataView, at: number) => number;

function readerOf(kind: number, size: number, signed: boolean): ReadNumber {
  if (kind === DATATYPE.float && size === 8) return (view, at) => view.getFloat64(at, true);
  if (kind === DATATYPE.integer && size === 4)
    return signed ? (view, at) => view.getInt32(at, true) : (view, at) => view.getUint32(at, true);
  if (kind === DATATYPE.integer && size === 8) return (view, at) => Number(view.getBigInt64(at, true));
  throw new Hdf5Error('a dataset is of another type than numbers or text');
}
