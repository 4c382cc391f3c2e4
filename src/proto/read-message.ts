/** Protobuf's wire format to plain objects: protobufjs reads the parts, floats stay typed arrays. */
import type { Reader } from 'protobufjs/minimal';
import { type FieldInfo, type MessageInfo, type MessageName, messageInfo } from './fields.js';
import type { MessageTypes } from './messages.js';
import { type FloatArray, join, type ReadOptions, readFloats } from './read-floats.js';
import { protobufjs, wireTypeOf } from './wire.js';

/** Deepest nesting of sub-messages; Caffe's own reach 6. */
const MAX_DEPTH = 100;

type Plain = Record<string, unknown>;

/** Reads a message; throws the plain errors of protobufjs (RangeError past the end, Error otherwise). */
export function readMessage<K extends MessageName>(
  type: K,
  bytes: Uint8Array,
  options: ReadOptions = {},
): MessageTypes[K] {
  const reader = protobufjs().Reader.create(bytes);
  return readFields(reader, reader.len, messageInfo(type), options, 0) as MessageTypes[K];
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
