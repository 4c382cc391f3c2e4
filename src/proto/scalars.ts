/** Checks one scalar value of prototxt, and puts MyCaffe's spelling of strings and booleans into protobuf's. */
import { nearest } from '../errors.js';
import type { FieldInfo } from './fields.js';
import type { Problems, Scanner, Source, Token } from './scanner.js';

/** Replace the characters from start to end. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

const INTEGER = /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
const RANGES = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
} as const;

/** Takes one value of `field`; an edit where protobuf would write it otherwise; null when it was no value at all. */
export function checkScalar(
  field: FieldInfo,
  scanner: Scanner,
  problems: Problems,
  source: Source,
): Edit | undefined | null {
  const first = scanner.peek();
  if (first.kind === 'end' || (first.kind === 'punct' && first.text !== '-')) {
    problems.error(
      first.start,
      `expected ${kindOf(field)} after ${field.name}, found ${first.kind === 'end' ? first.text : `'${first.text}'`}`,
    );
    return null;
  }
  if (field.type === 'string' || field.type === 'bytes') return checkString(field, scanner, problems, source);
  const minus = scanner.skip('-');
  const token = scanner.next();
  const signed = `${minus ? '-' : ''}${token.text}`;
  const at = minus?.start ?? token.start;
  switch (field.type) {
    case 'bool':
      return checkBool(field, token, minus, problems);
    case 'enum':
      checkEnum(field, token, signed, at, problems);
      return undefined;
    case 'float':
    case 'double':
      if (token.kind === 'number' ? /^0[xX0-9]/.test(token.text) : !/^(?:inf|infinity|nan)$/i.test(token.text)) {
        problems.error(at, `'${field.name}' takes a number, not ${quoted(signed)}`);
      }
      return undefined;
    default:
      checkInteger(field, token, signed, at, problems);
      return undefined;
  }
}

function checkString(field: FieldInfo, scanner: Scanner, problems: Problems, source: Source): Edit | undefined | null {
  const first = scanner.peek();
  if (first.kind === 'string') {
    while (scanner.peek().kind === 'string') scanner.next();
    return undefined;
  }
  const word = scanner.bareWord();
  // A bare word stands on the line of its field; else a forgotten value would swallow the next field's name.
  const before = source.text.slice(0, first.start).trimEnd().length;
  if (!word || word.text.endsWith(':') || source.lineOf(before) !== source.lineOf(first.start)) {
    problems.error(
      first.start,
      `expected a string after ${field.name}, found '${word?.text ?? first.text}'`,
      'put it in quotes',
    );
    return null;
  }
  return { start: word.start, end: word.end, text: `"${word.text.replaceAll('\\', '\\\\')}"` };
}

function checkBool(field: FieldInfo, token: Token, minus: Token | undefined, problems: Problems): Edit | undefined {
  const word = token.text.toLowerCase();
  if (!minus && token.kind === 'word' && (word === 'true' || word === 'false')) {
    return { start: token.start, end: token.end, text: word };
  }
  if (!minus && ['t', 'f', '0', '1'].includes(token.text)) return undefined;
  problems.error(token.start, `'${field.name}' takes true or false, not ${quoted(token.text)}`);
  return undefined;
}

function checkEnum(field: FieldInfo, token: Token, signed: string, at: number, problems: Problems): void {
  const values = field.values!;
  if (token.kind === 'word' && Object.hasOwn(values, signed)) return;
  if (token.kind === 'number' && Object.values(values).includes(Number(signed))) return;
  const near = token.kind === 'word' ? nearest(token.text, Object.keys(values)) : undefined;
  const bare = token.kind === 'string' && Object.hasOwn(values, token.text.slice(1, -1));
  const help = near ? `did you mean ${near}?` : bare ? `write ${token.text.slice(1, -1)} without quotes` : undefined;
  problems.error(at, `'${field.name}' takes one of ${Object.keys(values).join(', ')}, not ${quoted(signed)}`, help);
}

function checkInteger(field: FieldInfo, token: Token, signed: string, at: number, problems: Problems): void {
  const value = token.kind === 'number' ? Number(signed) : Number.NaN;
  const [low, high] = RANGES[field.type as keyof typeof RANGES];
  if (token.kind !== 'number') problems.error(at, `'${field.name}' takes a whole number, not ${quoted(signed)}`);
  else if (!INTEGER.test(token.text)) {
    const help = Number.isInteger(value) ? `write ${value}` : undefined;
    problems.error(at, `'${field.name}' takes a whole number, not '${signed}'`, help);
  } else if (value < low || value > high) {
    problems.error(at, `${signed} is out of range for '${field.name}': ${low} to ${high}`);
  }
}

function kindOf(field: FieldInfo): string {
  switch (field.type) {
    case 'string':
    case 'bytes':
      return 'a string';
    case 'bool':
      return 'true or false';
    case 'enum':
      return `one of ${Object.keys(field.values!).join(', ')}`;
    default:
      return 'a number';
  }
}

/** String tokens keep their own quotes. */
function quoted(text: string): string {
  return /^["']/.test(text) ? text : `'${text}'`;
}
