/** What a command is called with, and the checks that all commands word alike. */
import { SiameseError } from '../errors.js';
import type { CommandName } from './commands.js';
import type { FlagName, FlagValues } from './flags.js';
import type { Terminal } from './terminal.js';

export interface Call {
  readonly command: CommandName;
  readonly flags: FlagValues;
  /** Flags on the command line, defaults not counted. */
  readonly given: ReadonlySet<FlagName>;
  readonly args: readonly string[];
  readonly terminal: Terminal;
}

export function usageError(message: string, help?: string): SiameseError {
  return new SiameseError('usage', message, { help });
}

/** For commands that take no words. */
export function refuseArguments({ command, args }: Call): void {
  if (args.length > 0)
    throw usageError(`${command} takes no argument, but was given "${args.join(' ')}"`, `siamese help ${command}`);
}
