/**
 * Checks prototxt against the field table and notes where each field stood. It collects every error it finds, and
 * the edits that turn MyCaffe's dialect into protobuf's text format without moving a line.
 */
import { type FieldInfo, type MessageInfo, messageInfo } from './fields.js';
import { shown, strayToken, unknownField } from './outline-words.js';
import { checkScalar, type Edit } from './scalars.js';
import type { Problems, Scanner, Source, Token } from './scanner.js';

/** A message as it stood in the file: offsets of its fields, and the outlines of its sub-messages. */
export interface Outline {
  at: number;
  fields: Map<string, number[]>;
  children: Map<string, Outline[]>;
}

/** Nested deeper than this is no prototxt; protobufjs stops at 100. */
const MAX_DEPTH = 90;
const MAX_ERRORS = 100;

/** Thrown when reading on makes no sense; the errors are in Problems. */
export class TooManyErrors extends Error {}

/** MyCaffe writes these names for the fields of Caffe. */
const MISSPELT: Readonly<Record<string, string>> = { ransom_seed: 'random_seed' };

interface Level {
  info: MessageInfo;
  label: string;
  /** The token that opened it, and the one that closes it. */
  open: Token | undefined;
  close: string | undefined;
}

export class Outliner {
  readonly edits: Edit[] = [];
  private readonly levels: Level[] = [];
  /** Levels left to close because a closing brace seems to be missing. */
  private unwindTo: number | undefined;

  constructor(
    private readonly source: Source,
    private readonly scanner: Scanner,
    private readonly problems: Problems,
  ) {}

  /** The whole file as one message. */
  outline(info: MessageInfo): Outline {
    const label = { NetParameter: 'a net', SolverParameter: 'a solver' }[info.name as string] ?? info.name;
    return this.message({ info, label, open: undefined, close: undefined }, 0);
  }

  private message(level: Level, at: number): Outline {
    const outline: Outline = { at, fields: new Map(), children: new Map() };
    this.levels.push(level);
    if (this.levels.length > MAX_DEPTH) {
      this.problems.error(at, `messages are nested more than ${MAX_DEPTH} deep`);
      throw new TooManyErrors();
    }
    while (this.unwindTo === undefined) {
      if (this.problems.errors.length > MAX_ERRORS) throw new TooManyErrors();
      const token = this.scanner.peek();
      if (token.kind === 'end') {
        if (level.open)
          this.problems.error(level.open.start, `the ${level.open.text} of ${level.label} is never closed`);
        break;
      }
      if (level.close && token.kind === 'punct' && token.text === level.close) {
        this.scanner.next();
        break;
      }
      this.field(level, outline);
    }
    if (this.unwindTo === this.levels.length - 1) this.unwindTo = undefined;
    this.levels.pop();
    this.checkRequired(level, outline);
    return outline;
  }

  private field(level: Level, outline: Outline): void {
    const token = this.scanner.peek();
    if (token.kind !== 'word') {
      this.scanner.next();
      this.problems.error(token.start, ...strayToken(token, level));
      this.skipStray(token);
      return;
    }
    const name = MISSPELT[token.text] ?? token.text;
    const field = level.info.byName.get(name);
    if (!field) {
      if (!this.closesEarly(token)) {
        this.scanner.next();
        this.problems.error(token.start, ...unknownField(token, level));
        this.skipValue();
      }
      return;
    }
    this.scanner.next();
    if (name !== token.text) {
      this.edits.push({ start: token.start, end: token.end, text: name });
      this.problems.warn(token.start, `'${token.text}' is read as '${name}', which MyCaffe misspells so`);
    }
    if (field.noEffect)
      this.problems.warn(token.start, `'${name}' has no effect: ${field.noEffect.replace(/\.$/, '')}`);
    this.noteField(token, field, outline);
    if (field.type === 'message') this.subMessages(token, field, outline);
    else this.scalars(token, field, outline);
    if (!this.scanner.skip(';')) this.scanner.skip(',');
  }

  private noteField(token: Token, field: FieldInfo, outline: Outline): void {
    const places = outline.fields.get(field.name);
    if (!places) outline.fields.set(field.name, []);
    else if (!field.repeated) {
      const line = this.source.lineOf(places[0]!);
      this.problems.error(
        token.start,
        `'${field.name}' is given twice, first in line ${line}`,
        'keep the one that is meant',
      );
    }
    if (field.repeated || !places) outline.fields.get(field.name)!.push(token.start);
  }

  private subMessages(name: Token, field: FieldInfo, outline: Outline): void {
    this.scanner.skip(':');
    const list = field.repeated ? this.scanner.skip('[') : undefined;
    if (list && this.scanner.skip(']')) {
      outline.fields.get(field.name)!.pop();
      return;
    }
    for (let first = true; ; first = false) {
      const open = this.scanner.peek();
      if (open.kind !== 'punct' || (open.text !== '{' && open.text !== '<')) {
        this.problems.error(open.start, `expected '{' after ${field.name}, found ${shown(open)}`);
        this.skipValue();
        return;
      }
      this.scanner.next();
      if (!first) outline.fields.get(field.name)!.push(open.start);
      const info = messageInfo(field.message!);
      const label = field.name === 'layer' || field.name === 'layers' ? 'a layer' : field.name;
      const child = this.message(
        { info, label, open, close: open.text === '{' ? '}' : '>' },
        first ? name.start : open.start,
      );
      const children = outline.children.get(field.name);
      if (children) children.push(child);
      else outline.children.set(field.name, [child]);
      if (!list || !this.listGoesOn(field)) return;
    }
  }

  private scalars(name: Token, field: FieldInfo, outline: Outline): void {
    if (!this.scanner.skip(':')) {
      this.problems.error(name.end, `expected ':' after ${field.name}`);
      if (this.scanner.peek().text === '{') {
        this.skipValue();
        return;
      }
    }
    const places = outline.fields.get(field.name)!;
    if (this.braceList(field, places)) return;
    const list = this.scanner.skip('[');
    if (list && !field.repeated) this.problems.error(list.start, `'${field.name}' takes one value, not a list`);
    if (list && this.scanner.skip(']')) {
      places.pop();
      return;
    }
    for (let first = true; ; first = false) {
      if (!first) places.push(this.scanner.peek().start);
      const edit = checkScalar(field, this.scanner, this.problems, this.source);
      if (edit) this.edits.push(edit);
      if (edit === null) {
        this.skipValue();
        return;
      }
      if (!list || !this.listGoesOn(field)) return;
    }
  }

  /** MyCaffe's `ignore_labels: {1,2}`: braces round numbers where protobuf has brackets. */
  private braceList(field: FieldInfo, places: number[]): boolean {
    const open = this.scanner.peek();
    if (open.text !== '{' || !field.repeated || field.type !== 'int32') return false;
    this.scanner.next();
    this.edits.push({ start: open.start, end: open.end, text: '[' });
    let close = this.scanner.skip('}');
    if (close) places.pop();
    while (!close) {
      if (checkScalar(field, this.scanner, this.problems, this.source) === null) {
        this.skipValue();
        return true;
      }
      close = this.scanner.skip('}');
      if (close) break;
      if (!this.scanner.skip(',')) {
        this.problems.error(this.scanner.peek().start, `expected ',' or '}' in ${field.name}`);
        return true;
      }
      places.push(this.scanner.peek().start);
    }
    this.edits.push({ start: close.start, end: close.end, text: ']' });
    return true;
  }

  private listGoesOn(field: FieldInfo): boolean {
    if (this.scanner.skip(',')) return true;
    if (!this.scanner.skip(']')) {
      const token = this.scanner.peek();
      this.problems.error(token.start, `expected ',' or ']' in the list of ${field.name}, found ${shown(token)}`);
    }
    return false;
  }

  /** A line that begins with a message of an outer level: the brace before it is missing. */
  private closesEarly(token: Token): boolean {
    if (!this.source.startsLine(token.start)) return false;
    for (let i = this.levels.length - 2; i >= 0; i--) {
      if (this.levels[i]!.info.byName.get(token.text)?.type !== 'message') continue;
      const inner = this.levels[i + 1]!;
      const line = this.source.lineOf(inner.open!.start);
      this.problems.error(
        token.start,
        `'${token.text}' cannot stand in ${this.levels.at(-1)!.label}`,
        `the ${inner.open!.text} of ${inner.label} in line ${line} seems to lack its ${inner.close} before this line`,
      );
      this.unwindTo = i + 1;
      return true;
    }
    return false;
  }

  /** One error for a run of tokens that make no sense here. */
  private skipStray(first: Token): void {
    if (first.text === '[')
      while (!/[\]{}]/.test(this.scanner.peek().text) && this.scanner.peek().kind !== 'end') this.scanner.next();
    for (let token = this.scanner.peek(); token.kind !== 'word' && token.kind !== 'end'; token = this.scanner.peek()) {
      if (token.kind === 'punct' && '{}<>'.includes(token.text)) return;
      this.scanner.next();
    }
  }

  /** Steps over what follows a bad field name or value: a bracketed block, a list, or one value. */
  private skipValue(): void {
    this.scanner.skip(':');
    const first = this.scanner.peek();
    if (first.kind === 'end' || first.text === '}' || first.text === '>' || first.text === ']') return;
    let depth = 0;
    do {
      const token = this.scanner.next();
      if (token.kind === 'end') return;
      if (token.kind === 'punct' && '{<['.includes(token.text)) depth++;
      if (token.kind === 'punct' && '}>]'.includes(token.text)) depth--;
      if (token.text === '-' && depth === 0) this.scanner.next();
    } while (depth > 0);
    while (first.kind === 'string' && this.scanner.peek().kind === 'string') this.scanner.next();
  }

  private checkRequired(level: Level, outline: Outline): void {
    for (const field of level.info.fields) {
      if (field.required && !outline.fields.has(field.name)) {
        this.problems.error(outline.at, `${level.label} needs '${field.name}'`);
      }
    }
  }
}
