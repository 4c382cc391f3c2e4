/** Ends a command that failed: words the error for people, or as JSON, and gives the exit code. */
import { EXIT_CODES, formatError, SiameseError } from '../errors.js';
import { colorError, type Terminal } from './terminal.js';

export function reportFailure(error: unknown, terminal: Terminal): number {
  if (!(error instanceof SiameseError)) return reportInternal(error, terminal);
  terminal.complain(colorError(formatError(error), terminal.talkPaint));
  if (terminal.verbose && error.cause !== undefined) terminal.complain(`cause: ${stackOf(error.cause)}`);
  if (terminal.verbose && error.code === 'internal') terminal.complain(stackOf(error));
  if (terminal.json) terminal.outJson('siamese.error/1', { error: toJson(error) });
  return EXIT_CODES[error.code];
}

function reportInternal(error: unknown, terminal: Terminal): number {
  const message = error instanceof Error ? error.message : String(error);
  terminal.complain(colorError(`error: internal error, please report: ${message}`, terminal.talkPaint));
  if (terminal.verbose) terminal.complain(stackOf(error));
  else terminal.complain('  help: the same command with --verbose shows where it happened');
  if (terminal.json) terminal.outJson('siamese.error/1', { error: { code: 'internal', message } });
  return EXIT_CODES.internal;
}

/** The error and those found with it, one flat object each. */
function toJson({ code, message, at, layer, help, others }: SiameseError): object {
  const where = at && { file: at.file, line: at.line, column: at.column };
  return { code, message, ...where, layer, help, ...(others.length > 0 && { others: others.map(toJson) }) };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
