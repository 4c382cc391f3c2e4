/** Splits prototxt into tokens that know where they stood, and words errors about them. */
import { type Position, SiameseError } from '../errors.js';

export interface Token {
  kind: 'word' | 'number' | 'string' | 'punct' | 'end';
  text: string;
  start: number;
  end: number;
}

/** The text of one file: offsets become lines and columns only when someone asks. */
export class Source {
  private lineStarts: number[] | undefined;

  constructor(
    readonly file: string,
    readonly text: string,
  ) {}

  position(offset: number): Position {
    const line = this.lineOf(offset);
    const start = this.lineStarts![line - 1]!;
    return { file: this.file, line, column: offset - start + 1, text: this.lineText(line) };
  }

  lineOf(offset: number): number {
    this.lineStarts ??= [0, ...[...this.text.matchAll(/\n/g)].map((match) => match.index + 1)];
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** Where a line begins, in characters from the start; the last line's start when there are fewer. */
  lineStart(line: number): number {
    this.lineOf(0);
    return this.lineStarts![Math.min(line, this.lineStarts!.length) - 1]!;
  }

  /** True when only blanks stand before `offset` on its line. */
  startsLine(offset: number): boolean {
    return /^\s*$/.test(this.text.slice(this.lineStart(this.lineOf(offset)), offset));
  }

  private lineText(line: number): string {
    const start = this.lineStarts![line - 1]!;
    const end = this.text.indexOf('\n', start);
    return this.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
  }
}

/** Errors of one file, collected so that one run shows them all. */
export class Problems {
  readonly errors: SiameseError[] = [];
  readonly warnings: SiameseError[] = [];

  constructor(private readonly source: Source) {}

  error(offset: number, message: string, help?: string): void {
    this.errors.push(new SiameseError('input', message, { at: this.source.position(offset), help }));
  }

  warn(offset: number, message: string, help?: string): void {
    this.warnings.push(new SiameseError('input', message, { at: this.source.position(offset), help }));
  }

  /** Throws the first error, with the others behind it. */
  throwIfAny(): void {
    if (this.errors.length === 0) return;
    const [first, ...others] = [...this.errors].sort(bySource);
    throw new SiameseError('input', first!.message, { at: first!.at, help: first!.help }, others);
  }
}

function bySource(a: SiameseError, b: SiameseError): number {
  return a.at!.line - b.at!.line || a.at!.column - b.at!.column;
}

const SPACE = /(?:[ \t\v\f\r\n]+|#[^\n]*)+/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)[fF]?/y;
const WORD = /[^\s#"'{}<>:[\],;-]+/y;
/** What a string field may hold without quotes in MyCaffe's files: all up to a blank or a bracket. */
const BARE = /[^\s#"'{}<>[\],;]+/y;
const PUNCTUATION = '{}<>:[],;-';
const ESCAPE = /\\(?:[abfnrtv?\\'"]|[0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;

export class Scanner {
  private offset = 0;
  private ahead: Token | undefined;

  constructor(
    private readonly source: Source,
    private readonly problems: Problems,
  ) {
    if (source.text.startsWith('\uFEFF')) this.offset = 1;
  }

  peek(): Token {
    this.ahead ??= this.scan();
    return this.ahead;
  }

  next(): Token {
    const token = this.peek();
    this.ahead = undefined;
    return token;
  }

  /** Takes the next token when it is this punctuation. */
  skip(text: string): Token | undefined {
    const token = this.peek();
    return token.kind === 'punct' && token.text === text ? this.next() : undefined;
  }

  /** Reads an unquoted string from where the next token begins. */
  bareWord(): Token | undefined {
    const start = this.peek().start;
    const text = this.match(BARE, start);
    if (!text) return undefined;
    this.ahead = undefined;
    this.offset = start + text.length;
    return { kind: 'word', text, start, end: this.offset };
  }

  private scan(): Token {
    const { text } = this.source;
    this.offset += this.match(SPACE, this.offset)?.length ?? 0;
    const start = this.offset;
    if (start >= text.length) return { kind: 'end', text: 'the end of the file', start: text.length, end: text.length };
    const first = text[start]!;
    if (first === '"' || first === "'") return this.string(first);
    if (PUNCTUATION.includes(first)) return this.token('punct', start + 1);
    if (/[0-9]/.test(first) || (first === '.' && /[0-9]/.test(text[start + 1] ?? ''))) {
      const number = this.match(NUMBER, start)!;
      // "2x" or "1.2.3" is one bad word rather than a number and a rest.
      const rest = this.match(WORD, start + number.length)?.length ?? 0;
      return this.token(rest ? 'word' : 'number', start + number.length + rest);
    }
    // A word ends at any blank, so an odd one (a no-break space, say) would be an empty word: it counts as a word.
    return this.token('word', start + (this.match(WORD, start)?.length ?? 1));
  }

  private string(quote: string): Token {
    const { text } = this.source;
    const start = this.offset;
    let at = start + 1;
    while (at < text.length && text[at] !== '\n') {
      if (text[at] === quote) return this.token('string', at + 1);
      if (text[at] !== '\\') at++;
      else {
        const sequence = this.match(ESCAPE, at);
        if (!sequence)
          this.problems.error(at, `'${text.slice(at, at + 2)}' is no escape sequence`, 'write \\\\ for a backslash');
        at += sequence?.length ?? 2;
      }
    }
    this.problems.error(start, `this string has no closing ${quote}`);
    return this.token('string', Math.min(at, text.length));
  }

  private token(kind: Token['kind'], end: number): Token {
    const start = this.offset;
    this.offset = end;
    return { kind, text: this.source.text.slice(start, end), start, end };
  }

  private match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.source.text)?.[0];
  }
}
