/** Messages to prototxt, character for character as protobuf's TextFormat prints. */
import { type FieldInfo, type MessageInfo, type MessageName, messageInfo } from './fields.js';
import type { MessageTypes } from './messages.js';

// protobufjs's own printer is not used: it prints floats as 64-bit numbers (0.009999999776 for 0.01).

/** The message as text: fields in order of number, two blanks per level, a newline at the end. */
export function formatText<K extends MessageName>(type: K, message: MessageTypes[K]): string {
  const lines: string[] = [];
  writeMessage(messageInfo(type), message as Record<string, unknown>, '', lines);
  return lines.map((line) => `${line}\n`).join('');
}

/** A 32-bit float as C's %.6g, or with 9 digits where 6 do not give it back. */
export function formatFloat(value: number): string {
  return formatNumber(value, 6, 9, Math.fround);
}

function writeMessage(info: MessageInfo, message: Record<string, unknown>, indent: string, lines: string[]): void {
  for (const field of info.fields) {
    const value = message[field.name];
    if (value === undefined) continue;
    const values = field.repeated ? (value as Iterable<unknown>) : [value];
    for (const item of values) {
      if (field.type === 'message') {
        lines.push(`${indent}${field.name} {`);
        writeMessage(messageInfo(field.message!), item as Record<string, unknown>, `${indent}  `, lines);
        lines.push(`${indent}}`);
      } else lines.push(`${indent}${field.name}: ${formatScalar(field, item)}`);
    }
  }
}

function formatScalar(field: FieldInfo, value: unknown): string {
  switch (field.type) {
    case 'string':
      return quote(Buffer.from(value as string, 'utf8'));
    case 'bytes':
      return quote(value as Uint8Array);
    case 'float':
      return formatFloat(value as number);
    case 'double':
      return formatNumber(value as number, 15, 17, (x) => x);
    default:
      return String(value);
  }
}

function formatNumber(value: number, few: number, many: number, round: (x: number) => number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const short = general(value, few);
  return round(Number(short)) === round(value) ? short : general(value, many);
}

/** C's %.<digits>g. */
function general(value: number, digits: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e') as [string, string];
  const power = Number(exponent);
  const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (power >= -4 && power < digits) return trim(value.toFixed(Math.max(0, digits - 1 - power)));
  const size = String(Math.abs(power)).padStart(2, '0');
  return `${trim(mantissa)}e${power < 0 ? '-' : '+'}${size}`;
}

const ESCAPES: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 34: '\\"', 39: "\\'", 92: '\\\\' };

function quote(bytes: Uint8Array): string {
  let out = '"';
  for (const byte of bytes) {
    if (ESCAPES[byte]) out += ESCAPES[byte];
    else if (byte >= 32 && byte < 127) out += String.fromCharCode(byte);
    else out += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `${out}"`;
}
