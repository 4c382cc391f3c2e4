/** A place in an HDF5 file that cannot leave it: what is damaged throws instead. */

/** Says what is wrong with the file; whoever knows its name makes a SiameseError of it. */
export class Hdf5Error extends Error {}

export interface ByteCursor {
  readonly left: number;
  u8(): number;
  u16(): number;
  u32(): number;
  /** A size of 8 bytes. */
  length(): number;
  /** An address of 8 bytes within the file. */
  address(): number;
  skip(bytes: number): void;
  /** The next bytes as a cursor of their own. */
  take(bytes: number): ByteCursor;
  copy(): ByteCursor;
  expect(signature: string): void;
  /** All bytes that are left. */
  rest(): Uint8Array;
}

/** From `at`, up to the end of `bytes` or of `size` bytes. */
export function cursor(bytes: Uint8Array, at: number, size?: number): ByteCursor {
  if (at > bytes.length || (size !== undefined && size > bytes.length - at)) throw truncated();
  return new Cursor(bytes, at, size === undefined ? bytes.length : at + size);
}

class Cursor implements ByteCursor {
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly end: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(): number {
    return this.#view.getUint8(this.#pass(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#pass(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#pass(4), true);
  }

  length(): number {
    const value = this.#view.getBigUint64(this.#pass(8), true);
    if (value > 2n ** 40n) throw new Hdf5Error('a size is beyond reason');
    return Number(value);
  }

  address(): number {
    const value = this.#view.getBigUint64(this.#pass(8), true);
    if (value >= BigInt(this.bytes.length)) throw truncated();
    return Number(value);
  }

  skip(bytes: number): void {
    this.#pass(bytes);
  }

  take(bytes: number): ByteCursor {
    const at = this.#pass(bytes);
    return new Cursor(this.bytes, at, at + bytes);
  }

  copy(): ByteCursor {
    return new Cursor(this.bytes, this.at, this.end);
  }

  expect(signature: string): void {
    for (const letter of signature) {
      if (this.u8() !== letter.charCodeAt(0)) throw new Hdf5Error(`a part that begins "${signature}" is damaged`);
    }
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.at, this.end);
  }

  #pass(bytes: number): number {
    if (bytes > this.left) throw truncated();
    this.at += bytes;
    return this.at - bytes;
  }
}

function truncated(): Hdf5Error {
  return new Hdf5Error('it is truncated, or an address in it is damaged');
}
