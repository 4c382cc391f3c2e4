/** Prototxt to messages, with every error placed, and messages to prototxt. */
import { SiameseError } from '../errors.js';
import { type FieldInfo, type MessageInfo, type MessageName, messageInfo } from './fields.js';
import type { MessageTypes } from './messages.js';
import { type Outline, Outliner, TooManyErrors } from './outline.js';
import { setPositions } from './positions.js';
import { textToObject } from './reflection.js';
import type { Edit } from './scalars.js';
import { Problems, Scanner, Source } from './scanner.js';

export { formatFloat, formatText } from './format.js';

export interface Parsed<T> {
  message: T;
  /** Fields that were read and change nothing, and the like. */
  warnings: SiameseError[];
}

/**
 * Reads prototxt. `file` is the name that errors give. Throws SiameseError('input') for the first error, with
 * all the others of the file in `others`.
 *
 * Two readers work hand in hand: ours checks names and values, collects errors and notes positions; protobufjs's then
 * gives the values. What differs in MyCaffe's dialect is edited in between, without moving a line.
 */
export function parseText<K extends MessageName>(type: K, text: string, file: string): Parsed<MessageTypes[K]> {
  const source = new Source(file, text);
  const problems = new Problems(source);
  const outliner = new Outliner(source, new Scanner(source, problems), problems);
  let outline: Outline | undefined;
  try {
    outline = outliner.outline(messageInfo(type));
  } catch (error) {
    if (!(error instanceof TooManyErrors)) throw error;
  }
  problems.throwIfAny();
  const object = readObject(type, applyEdits(text, outliner.edits), source);
  const message = attach(messageInfo(type), object, outline!, source) as MessageTypes[K];
  return { message, warnings: problems.warnings };
}

function readObject(type: MessageName, text: string, source: Source): Record<string, unknown> {
  try {
    return textToObject(type, text);
  } catch (cause) {
    // What our reader lets pass and protobufjs does not: its message names the line.
    const [, what, line] = /^(.*?)(?: \(line (\d+)\))?$/s.exec((cause as Error).message)!;
    const at = line ? source.position(source.lineStart(Number(line))) : undefined;
    throw new SiameseError('input', `${source.file} is no ${type}: ${what!.replace(/\.caffe\./g, '')}`, { at, cause });
  }
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** A plain object with our types of values, and its positions noted. */
function attach(info: MessageInfo, object: Record<string, unknown>, outline: Outline, source: Source): object {
  const out: Record<string, unknown> = {};
  for (const field of info.fields) {
    if (!Object.hasOwn(object, field.name)) continue;
    const value = object[field.name];
    if (field.repeated && (value as unknown[]).length === 0) continue;
    if (field.type === 'message') {
      const inner = messageInfo(field.message!);
      const children = outline.children.get(field.name)!;
      out[field.name] = field.repeated
        ? (value as Record<string, unknown>[]).map((item, i) => attach(inner, item, children[i]!, source))
        : attach(inner, value as Record<string, unknown>, children[0]!, source);
    } else if (!field.repeated) out[field.name] = scalar(field, value);
    else out[field.name] = list(field, value as unknown[]);
  }
  setPositions(out, new LazyPositions(outline, source));
  return out;
}

function list(field: FieldInfo, values: unknown[]): unknown {
  if (field.packed && field.type === 'float') return Float32Array.from(values as number[]);
  if (field.packed && field.type === 'double') return Float64Array.from(values as number[]);
  return values.map((value) => scalar(field, value));
}

/** Caffe keeps `float` in 32 bits, so what is computed from it is the same here as there. */
function scalar(field: FieldInfo, value: unknown): unknown {
  switch (field.type) {
    case 'float':
      return Math.fround(value as number);
    case 'int64':
    case 'uint64':
      return Number(value);
    case 'enum':
      return Object.entries(field.values!).find(([, number]) => number === value)![0];
    default:
      return value;
  }
}

/** Offsets until someone asks: a net has thousands of fields and few errors. */
class LazyPositions {
  constructor(
    private readonly outline: Outline,
    private readonly source: Source,
  ) {}

  get at() {
    return this.source.position(this.outline.at);
  }

  field(name: string, index: number) {
    const places = this.outline.fields.get(name);
    const offset = places?.[index] ?? places?.[0];
    return offset === undefined ? undefined : this.source.position(offset);
  }
}
