/** Packed floats of a message as typed arrays: views of its bytes where they can be. */
import type { Reader } from 'protobufjs/minimal';

export type FloatArray = Float32Array | Float64Array;

export interface ReadOptions {
  /**
   * The bytes are the reader's own and may be rewritten: packed floats that lie off a 4-byte boundary are moved in
   * place rather than copied, so that reading a large file takes no memory beside the file.
   */
  inPlace?: boolean;
}

export function readFloats(reader: Reader, end: number, type: 'float' | 'double', options: ReadOptions): FloatArray {
  const size = type === 'float' ? 4 : 8;
  const start = reader.pos;
  const length = end - start;
  if (length % size) throw new RangeError(`${length} bytes are no whole number of ${type}s`);
  reader.pos = end;
  const { buf } = reader;
  const View = type === 'float' ? Float32Array : Float64Array;
  const shift = (buf.byteOffset + start) % size;
  if (shift === 0) return new View(buf.buffer as ArrayBuffer, buf.byteOffset + start, length / size);
  // A block of 128 bytes or more has a tag and a length of at least 3 bytes before it, which are read and done with.
  if (options.inPlace && size === 4 && length >= 128) {
    buf.copyWithin(start - shift, start, end);
    return new Float32Array(buf.buffer as ArrayBuffer, buf.byteOffset + start - shift, length / size);
  }
  const copy = new Uint8Array(length);
  copy.set(buf.subarray(start, end));
  return new View(copy.buffer);
}

export function join(first: FloatArray | undefined, second: FloatArray): FloatArray {
  if (!first?.length) return second;
  const out =
    second instanceof Float32Array
      ? new Float32Array(first.length + second.length)
      : new Float64Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}
