/** protobufjs's reader of text format over our field table; loaded only when there is text to read. */
import type { Root } from 'protobufjs/light';
import { type FieldInfo, type MessageName, messageInfo } from './fields.js';

let root: Root | undefined;
const built = new Set<MessageName>();

/** Reads protobuf's text format into protobufjs's own object (enums as numbers, 64-bit integers as Long). */
export function textToObject(type: MessageName, text: string): Record<string, unknown> {
  const textformat = require('protobufjs/ext/textformat') as typeof import('protobufjs/ext/textformat');
  const { Root } = require('protobufjs/light') as typeof import('protobufjs/light');
  root ??= new Root();
  build(type);
  return textformat.fromText(root.lookupType(type), text) as unknown as Record<string, unknown>;
}

/** Adds a message type, and all that it contains, to the root. */
function build(name: MessageName): void {
  if (built.has(name)) return;
  built.add(name);
  const { Enum, Field, Type } = require('protobufjs/light') as typeof import('protobufjs/light');
  const type = new Type(name);
  for (const field of messageInfo(name).fields) {
    const rule = field.repeated ? 'repeated' : field.required ? 'required' : undefined;
    if (field.type === 'enum') type.add(new Enum(enumName(field), field.values));
    type.add(new Field(field.name, field.id, typeName(field), rule));
  }
  root!.add(type);
  for (const field of messageInfo(name).fields) if (field.message) build(field.message);
}

function typeName(field: FieldInfo): string {
  return field.type === 'enum' ? enumName(field) : (field.message ?? field.type);
}

/** Each enum field has its own enum: only names and numbers matter here. */
function enumName(field: FieldInfo): string {
  return `${field.name}_values`;
}
