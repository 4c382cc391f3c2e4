/**
 * Writes HDF5 files as libhdf5 does by default, so that every program reads them: superblock 0, groups as B-trees over
 * symbol tables, contiguous datasets. Source: HDF5 File Format Specification 3.0.
 */

export type Hdf5Tree = { [name: string]: Hdf5Tree | Hdf5Leaf };

/** A dataset: floats of a shape (none: a scalar), 32-bit integers, or a text. */
export class Hdf5Leaf {
  constructor(
    readonly values: Float32Array | Int32Array | string,
    readonly shape: readonly number[] = [],
  ) {}
}

/** libhdf5's defaults: 2 K entries in a symbol table node, 2 K children in a node of the B-tree. */
const LEAF_K = 4;
const INNER_K = 16;
const UNDEFINED = 2n ** 64n - 1n;
const SUPERBLOCK = 96;
const ENTRY = 40;

/** The bytes of a file with this root group. */
export function encodeHdf5(root: Hdf5Tree): Uint8Array {
  const file = new FileBuilder();
  const { header, tree, heap } = writeGroup(file, root);
  return file.finish(superblock(file.end, header, tree, heap), SUPERBLOCK);
}

/** Pieces at their addresses, which are all multiples of 8. */
class FileBuilder {
  end = SUPERBLOCK;
  readonly #pieces: { at: number; bytes: Uint8Array }[] = [];

  reserve(size: number): number {
    const at = this.end;
    this.end += Math.ceil(size / 8) * 8;
    return at;
  }

  put(at: number, bytes: Uint8Array): void {
    this.#pieces.push({ at, bytes });
  }

  add(bytes: Uint8Array): number {
    const at = this.reserve(bytes.length);
    this.put(at, bytes);
    return at;
  }

  finish(head: Uint8Array, headSize: number): Uint8Array {
    const out = new Uint8Array(Math.max(this.end, headSize));
    out.set(head);
    for (const { at, bytes } of this.#pieces) out.set(bytes, at);
    return out;
  }
}

interface GroupPlace {
  header: number;
  tree: number;
  heap: number;
}

/** One entry of a symbol table. */
interface Symbol {
  name: number;
  header: number;
  /** Of a group: what libhdf5 caches in the entry. */
  group?: GroupPlace;
}

function writeGroup(file: FileBuilder, group: Hdf5Tree): GroupPlace {
  const names = Object.keys(group).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  // The heap begins with the empty name, which is the B-tree's first key.
  const heapData: number[] = new Array(8).fill(0);
  const symbols = names.map((name): Symbol => {
    const at = heapData.length;
    heapData.push(...Buffer.from(name), 0);
    while (heapData.length % 8 !== 0) heapData.push(0);
    const member = group[name]!;
    if (member instanceof Hdf5Leaf) return { name: at, header: writeDataset(file, member) };
    const place = writeGroup(file, member);
    return { name: at, header: place.header, group: place };
  });
  const data = file.add(Uint8Array.from(heapData));
  const noFreeList = 1n;
  const heap = file.add(bytesOf(['HEAP', u32(0), u64(heapData.length), u64(noFreeList), u64(data)]));
  const tree = writeTree(file, symbols);
  const header = file.add(objectHeader([message(0x11, [u64(tree), u64(heap)])]));
  return { header, tree, heap };
}

/** Symbol table nodes, then levels of B-tree nodes over them up to one root. */
function writeTree(file: FileBuilder, symbols: readonly Symbol[]): number {
  let below = pieces(symbols, 2 * LEAF_K).map((some) => {
    const node = new Uint8Array(8 + 2 * LEAF_K * ENTRY);
    node.set(bytesOf(['SNOD', Uint8Array.of(1, 0), u16(some.length), ...some.map(symbolEntry)]));
    return { address: file.add(node), last: some.at(-1)!.name };
  });
  for (let level = 0; ; level++) {
    const size = 24 + 8 * (4 * INNER_K + 1);
    const groups = below.length === 0 ? [[]] : pieces(below, 2 * INNER_K);
    const places = groups.map(() => file.reserve(size));
    let before = 0;
    const nodes = groups.map((children, i) => {
      const node = new Uint8Array(size);
      const keys = children.flatMap(({ address, last }) => [u64(address), u64(last)]);
      const head = ['TREE', Uint8Array.of(0, level), u16(children.length)];
      const siblings = [u64(places[i - 1] ?? UNDEFINED), u64(places[i + 1] ?? UNDEFINED)];
      node.set(bytesOf([...head, ...siblings, u64(before), ...keys]));
      file.put(places[i]!, node);
      before = children.at(-1)?.last ?? 0;
      return { address: places[i]!, last: before };
    });
    if (nodes.length === 1) return nodes[0]!.address;
    below = nodes;
  }
}

function symbolEntry({ name, header, group }: Symbol): Uint8Array {
  const cache = group ? [u32(1), u32(0), u64(group.tree), u64(group.heap)] : [u32(0), u32(0), u64(0), u64(0)];
  return bytesOf([u64(name), u64(header), ...cache]);
}

function writeDataset(file: FileBuilder, { values, shape }: Hdf5Leaf): number {
  const bytes =
    typeof values === 'string'
      ? Buffer.from(`${values}\0`)
      : new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const address = bytes.length > 0 ? BigInt(file.add(bytes)) : UNDEFINED;
  const unlimited = 0;
  const space = [Uint8Array.of(1, shape.length, unlimited, 0), u32(0), ...shape.map((dim) => u64(dim))];
  // Allocated late, written where set, the default fill value: as libhdf5 says by default.
  const fill = Uint8Array.of(2, 2, 2, 1, 0, 0, 0, 0);
  const contiguous = [Uint8Array.of(3, 1), u64(address), u64(bytes.length)];
  return file.add(
    objectHeader([
      message(0x01, space),
      message(0x03, [datatype(values, bytes.length)]),
      message(0x05, [fill]),
      message(0x08, contiguous),
    ]),
  );
}

function datatype(values: Float32Array | Int32Array | string, size: number): Uint8Array {
  const version = 1 << 4;
  if (typeof values === 'string') return bytesOf([Uint8Array.of(version | 3, 0, 0, 0), u32(size)]);
  if (values instanceof Int32Array) return bytesOf([Uint8Array.of(version, 8, 0, 0), u32(4), u16(0), u16(32)]);
  // IEEE: 23 bits of mantissa without its first one, 8 of exponent, sign in bit 31.
  const bits = [u16(0), u16(32), Uint8Array.of(23, 8, 0, 23), u32(127)];
  return bytesOf([Uint8Array.of(version | 1, 0x20, 31, 0), u32(4), ...bits]);
}

function objectHeader(messages: readonly Uint8Array[]): Uint8Array {
  const size = messages.reduce((sum, { length }) => sum + length, 0);
  const references = 1;
  return bytesOf([Uint8Array.of(1, 0), u16(messages.length), u32(references), u32(size), u32(0), ...messages]);
}

function message(type: number, body: readonly Uint8Array[]): Uint8Array {
  const content = bytesOf(body);
  const size = Math.ceil(content.length / 8) * 8;
  return bytesOf([u16(type), u16(size), u32(0), content, new Uint8Array(size - content.length)]);
}

function superblock(end: number, header: number, tree: number, heap: number): Uint8Array {
  const sizes = Uint8Array.of(0, 0, 0, 0, 0, 8, 8, 0);
  return bytesOf([
    Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
    sizes,
    u16(LEAF_K),
    u16(INNER_K),
    u32(0),
    ...[u64(0), u64(UNDEFINED), u64(end), u64(UNDEFINED)],
    symbolEntry({ name: 0, header, group: { header, tree, heap } }),
  ]);
}

function pieces<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function bytesOf(parts: readonly (Uint8Array | string)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

const u16 = (value: number) => Uint8Array.of(value & 255, value >> 8);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number | bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
