/** What proto/schema.json says of each message type: the field table that the codecs and the defaults read. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import type { MessageTypes } from './messages.js';

export type MessageName = keyof MessageTypes;

/** One field as the .proto files define it. */
export interface FieldInfo {
  name: string;
  id: number;
  type: 'string' | 'bytes' | 'bool' | 'double' | 'float' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'enum' | 'message';
  repeated?: true;
  required?: true;
  packed?: true;
  /** Type of a sub-message. */
  message?: MessageName;
  /** Names and numbers of an enum. */
  values?: Record<string, number>;
  default?: string | number | boolean;
  /** Why a field that is read for compatibility changes nothing. */
  noEffect?: string;
}

export interface MessageInfo {
  name: MessageName;
  /** In order of number, as protobuf writes and prints them. */
  fields: readonly FieldInfo[];
  byName: ReadonlyMap<string, FieldInfo>;
  byId: ReadonlyMap<number, FieldInfo>;
}

const infos = new Map<string, MessageInfo>();
/** As bytes: a string of it all would be garbage of that size for the collector. */
let table: Buffer | undefined;

/** What is known of a message type; the table is read on first use, and of it the part that is asked for. */
export function messageInfo(name: MessageName): MessageInfo {
  const known = infos.get(name);
  if (known) return known;
  table ??= readFileSync(path.join(packageRoot, 'proto', 'schema.json'));
  const fields = fieldsOf(name, table);
  if (!fields) throw new SiameseError('internal', `there is no message type ${name}`);
  const info: MessageInfo = {
    name,
    fields,
    byName: new Map(fields.map((field) => [field.name, field])),
    byId: new Map(fields.map((field) => [field.id, field])),
  };
  infos.set(name, info);
  return info;
}

/** scripts/generate-messages.js writes a line for each field, between lines that begin and end the message. */
function fieldsOf(name: string, schema: Buffer): FieldInfo[] | undefined {
  const start = `\n  "${name}": [`;
  const at = schema.indexOf(start, 0, 'latin1');
  if (at < 0) return undefined;
  const from = at + start.length;
  const end = schema.indexOf('\n  ]', from, 'latin1') + 4;
  return schema[from] === 0x5d /* ] */ ? [] : JSON.parse(schema.toString('latin1', from - 1, end));
}

/** The value that an unset field stands for. Floats are what a 32-bit float holds, as in Caffe. */
export function defaultOf(field: FieldInfo): unknown {
  if (field.repeated) {
    if (field.packed && field.type === 'float') return new Float32Array(0);
    if (field.packed && field.type === 'double') return new Float64Array(0);
    return [];
  }
  if (field.type === 'float') return Math.fround(Number(field.default ?? 0));
  if (field.default !== undefined) return field.default;
  switch (field.type) {
    case 'string':
      return '';
    case 'bytes':
      return new Uint8Array(0);
    case 'bool':
      return false;
    case 'enum':
      return Object.keys(field.values!)[0];
    default:
      return 0;
  }
}
