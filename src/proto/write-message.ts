/** Plain objects to protobuf's wire format; protobufjs writes the parts. */
import type { Writer } from 'protobufjs/minimal';
import { type FieldInfo, type MessageInfo, type MessageName, messageInfo } from './fields.js';
import type { MessageTypes } from './messages.js';
import { protobufjs, wireTypeOf } from './wire.js';

type Plain = Record<string, unknown>;

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
