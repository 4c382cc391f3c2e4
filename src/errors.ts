/** One error class for everything a user can cause, and the one place that words it for a terminal. */

/** A place in a text file, 1-based as editors count; `text` is the whole source line when it is known. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text?: string;
}

/** What went wrong, in terms of what the user can do about it. Each code has one exit code. */
export type ErrorCode =
  | 'usage' // the command line
  | 'input' // a prototxt, snapshot or image that cannot be used
  | 'data' // a data set that is missing, truncated or corrupt
  | 'diverged' // a loss that is no longer a number
  | 'device' // no addon, no GPU, out of memory
  | 'io' // a file that cannot be written: full disk, no permission
  | 'internal'; // ours to mend

/** Exit code of the process for each error code. 0 is success, 1 is "no match accepted" or "below --min-accuracy". */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  input: 3,
  data: 4,
  diverged: 5,
  device: 6,
  io: 7,
  internal: 70,
};

export interface ErrorDetails {
  /** Where in a prototxt. */
  readonly at?: Position | undefined;
  /** The layer concerned, as named in the net. */
  readonly layer?: string | undefined;
  /** What the user could do, one sentence. */
  readonly help?: string | undefined;
  /** The underlying error, kept for --verbose. */
  readonly cause?: unknown;
}

/** The only error that leaves the public API on purpose. Anything else that escapes is a defect of ours. */
export class SiameseError extends Error {
  override readonly name = 'SiameseError';
  readonly code: ErrorCode;
  readonly at: Position | undefined;
  readonly layer: string | undefined;
  readonly help: string | undefined;
  /** Further errors found in the same pass, in source order. */
  readonly others: readonly SiameseError[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, others: readonly SiameseError[] = []) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.at = details.at;
    this.layer = details.layer;
    this.help = details.help;
    this.others = others;
  }
}

/**
 * Words an error as compilers do: `file:line:column: error: message`, the source line, a caret, a help line.
 * Errors of the same pass follow, one block each.
 */
export function formatError(error: SiameseError, severity: 'error' | 'warning' = 'error'): string {
  const { at } = error;
  const where = at ? `${at.file}:${at.line}:${at.column}: ` : '';
  const lines = [`${where}${severity}: ${error.message}`];
  if (at?.text !== undefined) {
    const number = String(at.line);
    const lead = at.text.slice(0, at.column - 1).replace(/[^\t]/g, ' ');
    lines.push(` ${number} | ${at.text}`, ` ${' '.repeat(number.length)} | ${lead}^`);
  }
  if (error.help) lines.push(`  help: ${error.help}`);
  return [lines.join('\n'), ...error.others.map((other) => formatError(other, severity))].join('\n');
}

/** The candidate nearest to `word` by edit distance, or undefined when none is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance with neighbouring transpositions (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, beforeLast[j - 2]! + 1);
      row.push(d);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
