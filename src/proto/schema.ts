/** The defaults, and messages to and from bytes. */
import { SiameseError } from '../errors.js';
import { defaultOf, type MessageName, messageInfo } from './fields.js';
import type { MessageTypes } from './messages.js';
import { readMessage } from './read-message.js';
import { writeMessage } from './write-message.js';

type Value<T> = NonNullable<T>;
type IsMessage<T> =
  Value<T> extends string | number | boolean | Uint8Array | Float32Array | Float64Array | readonly unknown[]
    ? false
    : true;

/** A message whose scalars, enums and repeated fields all have a value; sub-messages stay optional. */
export type Filled<T> = {
  [K in keyof T as IsMessage<T[K]> extends true ? never : K]-?: Value<T[K]>;
} & {
  [K in keyof T as IsMessage<T[K]> extends true ? K : never]?: T[K];
};

/** A copy of `message` in which every unset scalar, enum and repeated field has its default. */
export function filled<K extends MessageName>(type: K, message: MessageTypes[K] | undefined): Filled<MessageTypes[K]> {
  const out: Record<string, unknown> = { ...(message as object | undefined) };
  for (const field of messageInfo(type).fields) {
    if (out[field.name] === undefined && (field.repeated || field.type !== 'message'))
      out[field.name] = defaultOf(field);
  }
  return out as Filled<MessageTypes[K]>;
}

/** The message in protobuf's wire format, fields in order of number. */
export function encode<K extends MessageName>(type: K, message: MessageTypes[K]): Uint8Array {
  return writeMessage(type, message);
}

/** A plain object from protobuf's wire format; unknown fields are dropped. Throws SiameseError('input') on bad bytes. */
export function decode<K extends MessageName>(type: K, bytes: Uint8Array): MessageTypes[K] {
  try {
    return readMessage(type, bytes) as MessageTypes[K];
  } catch (cause) {
    if (cause instanceof SiameseError) throw cause;
    throw new SiameseError('input', `this is no ${type}, or it is damaged: ${(cause as Error).message}`, { cause });
  }
}
