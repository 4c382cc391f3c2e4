/** Finds the columns of a gallery file without reading them (proto/gallery.proto). */
import { fstatSync, readSync } from 'node:fs';
import type { GalleryFile } from '../proto/messages.js';
import { readMessage } from '../proto/read-message.js';
import { type Column, FileColumn, type Numbers, readFully } from './column.js';

export type ColumnName =
  | 'means'
  | 'thresholds'
  | 'exemplars'
  | 'digests'
  | 'images'
  | 'names'
  | 'nameEnds'
  | 'labels'
  | 'counts';

/** Numbers of the fields that are columns; all others are read as a message. */
const FIELDS = new Map<number, ColumnName>([
  [10, 'means'],
  [11, 'thresholds'],
  [12, 'exemplars'],
  [13, 'digests'],
  [14, 'images'],
  [16, 'names'],
  [17, 'nameEnds'],
  [18, 'labels'],
  [19, 'counts'],
]);
/** Bytes read at once to find the columns. */
const WINDOW = 1 << 14;
/** Bytes of a tag and a length, at most. */
const HEAD = 20;
/** Protobuf's wire type of what announces its length. */
const DELIMITED = 2;

/** The fields of an open gallery file. Throws RangeError or Error for what has no gallery's form. */
export class FileColumns {
  /** All fields that are no columns. */
  readonly about: GalleryFile;
  private readonly places = new Map<ColumnName, { at: number; length: number }>();
  private readonly window = Buffer.allocUnsafe(WINDOW);
  /** Where in the file the window begins, and how much of it is read. */
  private start = 0;
  private filled = 0;

  constructor(private readonly descriptor: number) {
    const { size } = fstatSync(descriptor);
    const others: Buffer[] = [];
    for (let at = 0; at < size; ) {
      this.show(at, HEAD);
      const tag = this.varint(at);
      const column = FIELDS.get(Math.floor(tag.value / 8));
      const end = this.fieldEnd(tag.value & 7, tag.end);
      if (end > size) throw new RangeError(`${end - at} bytes announced, ${size - at} left`);
      if (column === undefined) others.push(this.copy(at, end - at));
      else this.place(column, tag.value & 7, this.varint(tag.end).end, end);
      at = end;
    }
    this.about = readMessage('GalleryFile', Buffer.concat(others));
  }

  has(name: ColumnName): boolean {
    return this.places.has(name);
  }

  floats(name: ColumnName): Column<Float32Array> {
    return this.column(name, Float32Array);
  }

  ints(name: ColumnName): Column<Int32Array> {
    return this.column(name, Int32Array);
  }

  bytes(name: ColumnName): Column<Uint8Array> {
    return this.column(name, Uint8Array);
  }

  private column<T extends Numbers>(
    name: ColumnName,
    type: { new (n: number): T; readonly BYTES_PER_ELEMENT: number },
  ) {
    const { at, length } = this.places.get(name) ?? { at: 0, length: 0 };
    if (length % type.BYTES_PER_ELEMENT !== 0) throw new Error(`its ${name} are not whole`);
    return new FileColumn(this.descriptor, at, length, type);
  }

  private place(name: ColumnName, wire: number, at: number, end: number): void {
    if (wire !== DELIMITED) throw new Error(`its ${name} are not packed`);
    if (this.places.has(name)) throw new Error(`it has its ${name} twice`);
    this.places.set(name, { at, length: end - at });
  }

  private fieldEnd(wire: number, at: number): number {
    if (wire === 0) return this.varint(at).end;
    if (wire === 1) return at + 8;
    if (wire === 5) return at + 4;
    if (wire !== DELIMITED) throw new Error(`a field is of wire type ${wire}`);
    const { value, end } = this.varint(at);
    return end + value;
  }

  /** Makes the bytes from `at` on visible, as many of them as there are. */
  private show(at: number, count: number): void {
    if (at >= this.start && at + count <= this.start + this.filled) return;
    this.start = at;
    this.filled = readSync(this.descriptor, this.window, 0, WINDOW, at);
  }

  private varint(at: number): { value: number; end: number } {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = at + i - this.start < this.filled ? this.window[at + i - this.start] : undefined;
      if (byte === undefined) throw new RangeError('it ends within a field');
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return { value, end: at + i + 1 };
    }
    throw new Error('a number in it is too long');
  }

  private copy(at: number, length: number): Buffer {
    const out = Buffer.allocUnsafe(length);
    if (at >= this.start && at + length <= this.start + this.filled) this.window.copy(out, 0, at - this.start);
    else readFully(this.descriptor, out, at);
    return out;
  }
}
