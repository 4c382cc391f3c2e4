/** The two streams as a command sees them: results go to stdout, talk to stderr; colour only where it is wanted. */
import { formatError, type SiameseError } from '../errors.js';
import { standardError, standardOutput } from './standard-streams.js';

export type Paint = (style: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', text: string) => string;

export interface TerminalOptions {
  color: 'auto' | 'always' | 'never';
  quiet: boolean;
  verbose: boolean;
  json: boolean;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export class Terminal {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly json: boolean;
  /** Styles for results and for talk; plain where colour is off. */
  readonly paint: Paint;
  readonly talkPaint: Paint;
  /** Someone watches stderr: a progress bar makes sense. */
  readonly watched: boolean;
  /** What is below the talk and must be redrawn after it. */
  private below: { hide(): void; show(): void } | undefined;

  constructor(options: TerminalOptions) {
    this.quiet = options.quiet;
    this.verbose = options.verbose;
    this.json = options.json;
    this.paint = painter(wantsColor(options.color, standardOutput));
    this.talkPaint = painter(wantsColor(options.color, standardError));
    this.watched = !options.quiet && process.env.TERM !== 'dumb' && !process.env.CI && standardError.isTTY;
  }

  /** A line of the result. */
  out(text: string): void {
    this.below?.hide();
    standardOutput.write(`${text}\n`);
    this.below?.show();
  }

  /** A line of talk; --quiet drops it. */
  talk(text: string): void {
    if (!this.quiet) this.complain(text);
  }

  /** A line on stderr that --quiet does not drop. */
  complain(text: string): void {
    this.below?.hide();
    standardError.write(`${text}\n`);
    this.below?.show();
  }

  warn(warning: SiameseError): void {
    this.complain(colorError(formatError(warning, 'warning'), this.talkPaint));
  }

  /** Result as JSON, with the name and version of its form. */
  outJson(schema: string, value: object): void {
    this.out(JSON.stringify({ schema, ...value }));
  }

  /** The likely next command, as the last line of talk. */
  next(commandLine: string): void {
    this.talk(`${this.talkPaint('dim', 'next:')} ${commandLine}`);
  }

  keepBelow(below: { hide(): void; show(): void } | undefined): void {
    this.below = below;
  }
}

/** Colours the severity words and carets of a formatted error. */
export function colorError(text: string, paint: Paint): string {
  return text
    .replace(/(^|: )(error:)/gm, (_, lead: string, word: string) => lead + paint('red', word))
    .replace(/(^|: )(warning:)/gm, (_, lead: string, word: string) => lead + paint('yellow', word))
    .replace(/^( +\| *)(\^)$/gm, (_, lead: string, caret: string) => lead + paint('green', caret))
    .replace(/^( {2}help:)/gm, (word: string) => paint('cyan', word));
}

/** --color, then NO_COLOR, then FORCE_COLOR, then whether the stream is a terminal that can. */
export function wantsColor(
  option: 'auto' | 'always' | 'never',
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (option !== 'auto') return option === 'always';
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return Boolean(stream.isTTY) && env.TERM !== 'dumb';
}

function painter(on: boolean): Paint {
  return (style, text) => (on ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text);
}
