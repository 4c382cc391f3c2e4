/** Many names in one piece of UTF-8, each made a string when it is asked for. */
import { type Column, memoryColumn } from './column.js';

export class Names {
  /** `ends`: where each name ends in `bytes`; the first begins at 0. */
  constructor(
    readonly bytes: Column<Uint8Array>,
    readonly ends: Column<Int32Array>,
  ) {}

  static of(names: readonly string[]): Names {
    const parts = names.map((name) => Buffer.from(name, 'utf8'));
    let end = 0;
    const ends = Int32Array.from(parts, ({ length }) => {
      end += length;
      return end;
    });
    return new Names(memoryColumn(new Uint8Array(Buffer.concat(parts))), memoryColumn(ends));
  }

  get length(): number {
    return this.ends.length;
  }

  at(index: number): string {
    const from = index === 0 ? 0 : this.ends.read(index - 1, index)[0]!;
    const { buffer, byteOffset, byteLength } = this.bytes.read(from, this.ends.read(index, index + 1)[0]!);
    return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  }

  all(): string[] {
    const inMemory = new Names(memoryColumn(this.bytes.all()), memoryColumn(this.ends.all()));
    return Array.from({ length: this.length }, (_, i) => inMemory.at(i));
  }
}
