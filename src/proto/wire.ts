/** Protobuf's wire format to and from plain objects: protobufjs reads and writes the parts, floats stay typed arrays. */
import type { Reader, Writer } from 'protobufjs/minimal';
import { type FieldInfo, type MessageInfo, type MessageName, messageInfo } from './fields.js';
import type { MessageTypes } from './messages.js';

/** Deepest nesting of sub-messages; Caffe's own reach 6. */
const MAX_DEPTH = 100;

type Plain = Record<string, unknown>;
type FloatArray = Float32Array | Float64Array;

let runtime: { Reader: typeof Reader; Writer: typeof Writer } | undefined;

/** protobufjs from its single-file build, which loads in a fifth of the time of its source tree. */
function protobufjs(): { Reader: typeof Reader; Writer: typeof Writer } {
  runtime ??= require('protobufjs/dist/minimal/protobuf.min.js') as { Reader: typeof Reader; Writer: typeof Writer };
  return runtime;
}

export interface ReadOptions {
  /**
   * The bytes are the reader's own and may be rewritten: packed floats that lie off a 4-byte boundary are moved in
   * place rather than copied, so that reading a large file takes no memory beside the file.
   */
  inPlace?: boolean;
}

/** Reads a message; throws the plain errors of protobufjs (RangeError past the end, Error otherwise). */
export function readMessage<K extends MessageName>(
  type: K,
  bytes: Uint8Array,
  options: ReadOptions = {},
): MessageTypes[K] {
  const reader = protobufjs().Reader.create(bytes);
  return readFields(reader, reader.len, messageInfo(type), options, 0) as MessageTypes[K];
}

/** Writes a message, fields in order of number. */
export function writeMessage<K extends MessageName>(type: K, message: MessageTypes[K]): Uint8Array {
  const { Writer } = protobufjs();
  const size = packedSize(messageInfo(type), message as Plain);
  const usual = Writer.initialBufferSize;
  // Else the buffer grows by doubling, and hundreds of MB of blobs are held up to three times.
  if (size > LARGE) Writer.initialBufferSize = size + Math.ceil(size / 64) + LARGE;
  const writer = Writer.create();
  Writer.initialBufferSize = usual;
  writeFields(writer, messageInfo(type), message as Plain);
  return writer.finish(size > LARGE);
}

const LARGE = 1 << 20;

/** Bytes of all packed floats in a message: nearly all there is in a file of weights. */
function packedSize(info: MessageInfo, message: Plain): number {
  let size = 0;
  for (const field of info.fields) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (field.packed) size += (value as ArrayLike<number>).length * (field.type === 'double' ? 8 : 4);
    else if (field.type === 'message') {
      const inner = messageInfo(field.message!);
      for (const item of field.repeated ? (value as Plain[]) : [value as Plain]) size += packedSize(inner, item);
    }
  }
  return size;
}

function readFields(reader: Reader, end: number, info: MessageInfo, options: ReadOptions, depth: number): Plain {
  if (depth > MAX_DEPTH) throw new Error(`messages are nested more than ${MAX_DEPTH} deep`);
  const out: Plain = {};
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const field = info.byId.get(tag >>> 3);
    if (!field || !readField(reader, wireType, field, out, options, depth)) reader.skipType(wireType, 0, tag >>> 3);
  }
  if (reader.pos !== end) throw new RangeError(`a field of ${info.name} runs past its end`);
  return out;
}

/** False when the wire type is not one that the field can have: it is skipped then, as protobuf does. */
function readField(
  r: Reader,
  wireType: number,
  field: FieldInfo,
  out: Plain,
  options: ReadOptions,
  depth: number,
): boolean {
  const { name } = field;
  if (wireType === 2 && field.repeated && isNumeric(field)) {
    const end = blockEnd(r);
    if (field.packed && (field.type === 'float' || field.type === 'double')) {
      out[name] = join(out[name] as FloatArray | undefined, readFloats(r, end, field.type, options));
    } else {
      const list = listOf(out, name);
      while (r.pos < end) pushDefined(list, readScalar(r, field));
      if (r.pos !== end) throw new RangeError(`packed ${name} runs past its end`);
    }
    return true;
  }
  if (wireType !== wireTypeOf(field)) return false;
  if (field.packed && (field.type === 'float' || field.type === 'double')) {
    out[name] = join(out[name] as FloatArray | undefined, readLoose(r, field));
    return true;
  }
  const value =
    field.type === 'message'
      ? readFields(r, blockEnd(r), messageInfo(field.message!), options, depth + 1)
      : readScalar(r, field);
  if (field.repeated) pushDefined(listOf(out, name), value);
  else if (field.type === 'message' && out[name])
    out[name] = merge(messageInfo(field.message!), out[name] as Plain, value as Plain);
  else if (value !== undefined) out[name] = value;
  return true;
}

/** A singular sub-message given twice: later scalars win, lists join. */
function merge(info: MessageInfo, first: Plain, second: Plain): Plain {
  const out: Plain = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const field = info.byName.get(name)!;
    const before = out[name];
    if (before === undefined) out[name] = value;
    else if (Array.isArray(before)) out[name] = [...before, ...(value as unknown[])];
    else if (field.repeated) out[name] = join(before as FloatArray, value as FloatArray);
    else if (field.type === 'message') out[name] = merge(messageInfo(field.message!), before as Plain, value as Plain);
    else out[name] = value;
  }
  return out;
}

function blockEnd(reader: Reader): number {
  const size = reader.uint32();
  const end = reader.pos + size;
  if (end > reader.len) throw new RangeError(`${size} bytes announced, ${reader.len - reader.pos} left`);
  return end;
}

function readFloats(reader: Reader, end: number, type: 'float' | 'double', options: ReadOptions): FloatArray {
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

/** Floats of a file that does not pack them: one tag before each. Takes all that follow at once. */
function readLoose(reader: Reader, field: FieldInfo): FloatArray {
  const tag = (field.id << 3) | wireTypeOf(field);
  const values: number[] = [readScalar(reader, field) as number];
  while (reader.pos < reader.len) {
    const at = reader.pos;
    if (reader.uint32() === tag) values.push(readScalar(reader, field) as number);
    else {
      reader.pos = at;
      break;
    }
  }
  return field.type === 'float' ? Float32Array.from(values) : Float64Array.from(values);
}

function join(first: FloatArray | undefined, second: FloatArray): FloatArray {
  if (!first?.length) return second;
  const out =
    second instanceof Float32Array
      ? new Float32Array(first.length + second.length)
      : new Float64Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

function listOf(out: Plain, name: string): unknown[] {
  out[name] ??= [];
  return out[name] as unknown[];
}

function pushDefined(list: unknown[], value: unknown): void {
  if (value !== undefined) list.push(value);
}

function isNumeric(field: FieldInfo): boolean {
  return field.type !== 'string' && field.type !== 'bytes' && field.type !== 'message';
}

function wireTypeOf(field: FieldInfo): number {
  switch (field.type) {
    case 'double':
      return 1;
    case 'float':
      return 5;
    case 'string':
    case 'bytes':
    case 'message':
      return 2;
    default:
      return 0;
  }
}

/** Undefined for an enum number that has no name: such a field counts as unknown. */
function readScalar(reader: Reader, field: FieldInfo): unknown {
  switch (field.type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.bytes();
    case 'bool':
      return reader.bool();
    case 'float':
      return reader.float();
    case 'double':
      return reader.double();
    case 'int32':
      return reader.int32();
    case 'uint32':
      return reader.uint32();
    case 'int64':
      return Number(reader.int64());
    case 'uint64':
      return Number(reader.uint64());
    default:
      return enumNames(field).get(reader.int32());
  }
}

const enumNameCache = new WeakMap<FieldInfo, Map<number, string>>();

function enumNames(field: FieldInfo): Map<number, string> {
  let names = enumNameCache.get(field);
  if (!names) {
    names = new Map(Object.entries(field.values ?? {}).map(([name, number]) => [number, name]));
    enumNameCache.set(field, names);
  }
  return names;
}

function writeFields(writer: Writer, info: MessageInfo, message: Plain): void {
  for (const field of info.fields) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (!field.repeated) writeOne(writer, field, value);
    else if (field.packed) writePacked(writer, field, value as ArrayLike<number>);
    else for (const item of value as Iterable<unknown>) writeOne(writer, field, item);
  }
}

function writeOne(writer: Writer, field: FieldInfo, value: unknown): void {
  writer.uint32((field.id << 3) | wireTypeOf(field));
  if (field.type === 'message') {
    writer.fork();
    writeFields(writer, messageInfo(field.message!), value as Plain);
    writer.ldelim();
  } else writeScalar(writer, field, value);
}

function writePacked(writer: Writer, field: FieldInfo, values: ArrayLike<number>): void {
  if (values.length === 0) return;
  writer.uint32((field.id << 3) | 2);
  if (field.type === 'float' || field.type === 'double') {
    const Typed = field.type === 'float' ? Float32Array : Float64Array;
    const array = values instanceof Typed ? values : Typed.from(values);
    writer.bytes(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    return;
  }
  writer.fork();
  for (let i = 0; i < values.length; i++) writeScalar(writer, field, values[i]);
  writer.ldelim();
}

function writeScalar(writer: Writer, field: FieldInfo, value: unknown): void {
  switch (field.type) {
    case 'string':
      writer.string(value as string);
      break;
    case 'bytes':
      writer.bytes(value as Uint8Array);
      break;
    case 'bool':
      writer.bool(value as boolean);
      break;
    case 'float':
      writer.float(value as number);
      break;
    case 'double':
      writer.double(value as number);
      break;
    case 'int32':
      writer.int32(value as number);
      break;
    case 'uint32':
      writer.uint32(value as number);
      break;
    case 'int64':
      writer.int64(value as number);
      break;
    case 'uint64':
      writer.uint64(value as number);
      break;
    default:
      writer.int32(field.values![value as string]!);
  }
}
