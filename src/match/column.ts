/** A long row of numbers, in memory or in a file, of which a piece at a time is looked at. */
import { readSync } from 'node:fs';
import { SiameseError } from '../errors.js';

export type Numbers = Float32Array | Int32Array | Uint8Array;

export interface Column<T extends Numbers> {
  readonly length: number;
  /** Numbers from .. to - 1; good until the next call. */
  read(from: number, to: number): T;
  /** All of them. */
  all(): T;
}

export function memoryColumn<T extends Numbers>(numbers: T): Column<T> {
  return {
    length: numbers.length,
    read: (from, to) => numbers.subarray(from, to) as T,
    all: () => numbers,
  };
}

/** Whether each number is at least the one before it (of a column that begins with 0), and the last is `last`. */
export function risesTo(column: Column<Int32Array>, last: number): boolean {
  let before = 0;
  for (let from = 0; from < column.length; from += PIECE) {
    const piece = column.read(from, Math.min(column.length, from + PIECE));
    for (let i = 0; i < piece.length; i++) {
      if (piece[i]! < before) return false;
      before = piece[i]!;
    }
  }
  return before === last;
}

/** The sum of numbers of which each is above 0; NaN where one is not. */
export function sumOfPositive(column: Column<Int32Array>): number {
  let sum = 0;
  for (let from = 0; from < column.length; from += PIECE) {
    const piece = column.read(from, Math.min(column.length, from + PIECE));
    for (let i = 0; i < piece.length; i++) sum += piece[i]! > 0 ? piece[i]! : Number.NaN;
  }
  return sum;
}

/** Numbers looked at at once: 64 KB. */
const PIECE = 1 << 14;
/** The system reads no more than 2 GiB at once. */
const MOST_AT_ONCE = 2 ** 30;

/**
 * Numbers as they lie in a file, lowest byte first. Read through one small piece of memory: to make room for 100,000 encodings
 * takes longer than to search them.
 */
export class FileColumn<T extends Numbers> implements Column<T> {
  readonly length: number;
  private buffer: T;

  /** `descriptor`: of the open file; `at`: where its numbers begin, in bytes. */
  constructor(
    private readonly descriptor: number,
    private readonly at: number,
    bytes: number,
    private readonly type: { new (length: number): T; readonly BYTES_PER_ELEMENT: number },
  ) {
    this.length = bytes / type.BYTES_PER_ELEMENT;
    this.buffer = new type(0);
  }

  read(from: number, to: number): T {
    if (this.buffer.length < to - from) this.buffer = new this.type(to - from);
    const numbers = this.buffer.subarray(0, to - from) as T;
    readFully(this.descriptor, numbers, this.at + from * this.type.BYTES_PER_ELEMENT);
    return numbers;
  }

  all(): T {
    const numbers = new this.type(this.length);
    readFully(this.descriptor, numbers, this.at);
    return numbers;
  }
}

/** Fills the numbers from the file; SiameseError('io') where it ends before. */
export function readFully(descriptor: number, { buffer, byteOffset, byteLength }: Numbers, at: number): void {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  for (let done = 0; done < byteLength; ) {
    const count = readSync(descriptor, bytes, done, Math.min(byteLength - done, MOST_AT_ONCE), at + done);
    if (count === 0)
      throw new SiameseError('io', `a file ends after ${at + done} bytes: it was cut short while it was read`);
    done += count;
  }
}
