/** Caffe's Datum message, read in place and written byte for byte as Caffe's convert tools do. */

/** Says what is wrong with the bytes of one record; whoever knows the record's name turns it into a SiameseError. */
export class DatumError extends Error {}

/** Field numbers of Datum, shifted as they stand in a tag, with their wire types. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * The fields of the Datum last read; `data` is a view of its bytes, so it is valid as long as these are.
 * One reader serves any number of records: 60,000 message objects would cost more than their images.
 */
export class DatumReader {
  channels = 0;
  height = 0;
  width = 0;
  label = 0;
  encoded = false;
  data: Uint8Array | undefined;
  floats: Float32Array | undefined;
  #floats = new Float32Array(0);
  #floatCount = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  read(bytes: Uint8Array): void {
    this.channels = this.height = this.width = this.label = this.#at = this.#floatCount = 0;
    this.encoded = false;
    this.data = this.floats = undefined;
    this.#bytes = bytes;
    while (this.#at < bytes.length) {
      const tag = this.#varint();
      if (tag >>> 3 === 0) throw new DatumError('it is no Datum');
      this.#field(tag >>> 3, tag & 7);
    }
    if (this.#floatCount > 0) this.floats = this.#floats.subarray(0, this.#floatCount);
  }

  #field(number: number, wire: number): void {
    if (wire === VARINT) {
      const value = this.#varint();
      if (number === 1) this.channels = value;
      else if (number === 2) this.height = value;
      else if (number === 3) this.width = value;
      else if (number === 5) this.label = value;
      else if (number === 7) this.encoded = value !== 0;
    } else if (wire === BYTES) {
      const size = this.#varint() >>> 0;
      const start = this.#skip(size);
      if (number === 4) this.data = this.#bytes.subarray(start, start + size);
      else if (number === 6) this.#packedFloats(start, size);
    } else if (wire === FIXED32) {
      const start = this.#skip(4);
      if (number === 6) this.#float(start);
    } else if (wire === FIXED64) {
      this.#skip(8);
    } else {
      throw new DatumError('it is no Datum');
    }
  }

  /** Moves past `size` bytes and returns where they begin. */
  #skip(size: number): number {
    const start = this.#at;
    if (size > this.#bytes.length - start) throw new DatumError('its Datum is truncated');
    this.#at = start + size;
    return start;
  }

  /** The low 32 bits, signed: int32 fields are stored as 64-bit varints when negative. */
  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.#at++];
      if (byte === undefined) throw new DatumError('its Datum is truncated');
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new DatumError('it is no Datum');
  }

  #packedFloats(start: number, size: number): void {
    if (size % 4 !== 0) throw new DatumError('its float_data is not a whole number of floats');
    for (let at = start; at < start + size; at += 4) this.#float(at);
  }

  #float(at: number): void {
    const needed = this.#floatCount + 1;
    if (needed > this.#floats.length) {
      // All that can still come, so that the array is made once: 4 bytes each at least.
      const grown = new Float32Array(needed + ((this.#bytes.length - at) >> 2));
      grown.set(this.#floats);
      this.#floats = grown;
    }
    this.#floats[this.#floatCount++] = floatAt(this.#bytes, at);
  }
}

const oneFloat = new Float32Array(1);
const itsBytes = new Uint8Array(oneFloat.buffer);

function floatAt(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 4; i++) itsBytes[i] = bytes[at + i]!;
  return oneFloat[0]!;
}

export interface DatumFields {
  channels?: number;
  height?: number;
  width?: number;
  data: Uint8Array;
  label: number;
  /** Written when given, be it false: convert_imageset writes it always, the MNIST converters never. */
  encoded?: boolean;
}

/** The message as the C++ library serialises it: fields in order of number, unset ones left out. */
export function encodeDatum(datum: DatumFields): Uint8Array {
  const head: number[] = [];
  const dims = [datum.channels, datum.height, datum.width];
  dims.forEach((dim, i) => {
    if (dim !== undefined) writeVarint(head, ((i + 1) << 3) | VARINT, dim);
  });
  writeVarint(head, (4 << 3) | BYTES, datum.data.length);
  const tail: number[] = [];
  writeVarint(tail, (5 << 3) | VARINT, datum.label);
  if (datum.encoded !== undefined) writeVarint(tail, (7 << 3) | VARINT, datum.encoded ? 1 : 0);

  const out = new Uint8Array(head.length + datum.data.length + tail.length);
  out.set(head);
  out.set(datum.data, head.length);
  out.set(tail, head.length + datum.data.length);
  return out;
}

/** A one-byte tag and an int32; a negative one is sign-extended to 64 bits, ten bytes, as protobuf does. */
function writeVarint(out: number[], tag: number, value: number): void {
  out.push(tag);
  let rest = value >>> 0;
  for (; rest >= 0x80; rest >>>= 7) out.push((rest & 0x7f) | 0x80);
  if (value >= 0) out.push(rest);
  else out.push(rest | 0xf0, 0xff, 0xff, 0xff, 0xff, 0x01);
}
