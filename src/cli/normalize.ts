/** Brings a command line, Caffe's way of writing flags included, into one form: the command, `--name=value` words, arguments. */
import { readFileSync } from 'node:fs';
import { nearest, SiameseError } from '../errors.js';
import { type CommandName, commandNames, findCommand } from './commands.js';
import { type FlagName, findFlag, findShortFlag, flag, flagNames, flagsOf } from './flags.js';

export interface CommandLine {
  /** Undefined when the line has no command word. */
  command: CommandName | undefined;
  /** `--name=value`, or `--name` and `--no-name` for booleans; then the arguments. */
  flags: { name: FlagName; value: string | boolean; typed: string }[];
  args: string[];
}

/**
 * Takes `-solver x`, `-solver=x`, `--solver x`, `--solver=x`, `-noshuffle`, `--flag=false`, `-q`, `-k 5`, `--flagfile=F` and a
 * command word at any place, as gflags does. Every fault of the line is reported at once.
 */
export function normalize(argv: readonly string[]): CommandLine {
  const faults: SiameseError[] = [];
  const line: CommandLine = { command: undefined, flags: [], args: [] };
  const words = [...argv];
  let commandWord: string | undefined;
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '--') {
      line.args.push(...words.splice(0));
    } else if (!/^--?[A-Za-z0]/.test(word)) {
      if (commandWord === undefined) commandWord = word;
      else line.args.push(word);
    } else {
      readFlag(word, words, line, faults);
    }
  }
  if (commandWord !== undefined) {
    line.command = findCommand(commandWord);
    if (!line.command) throw unknownCommand(commandWord);
    faults.push(...misplaced(line, line.command));
  }
  if (faults.length > 0) {
    const [first, ...others] = faults;
    throw new SiameseError('usage', first!.message, { help: first!.help }, others);
  }
  return line;
}

/** Flags of Caffe's that the command has no use for: taken, and worth a word. */
export function withoutEffect(line: CommandLine): FlagName[] {
  if (!line.command) return [];
  const known = flagsOf(line.command);
  return line.flags.map(({ name }) => name).filter((name) => !known.includes(name));
}

function readFlag(word: string, rest: string[], line: CommandLine, faults: SiameseError[]): void {
  const [, dashes, typed, value] = /^(--?)([^=]+)(?:=(.*))?$/s.exec(word)!;
  const letters = [...typed!];
  if (dashes === '-' && letters.length > 1 && !findFlag(typed!) && !negated(typed!) && letters.every(isSwitch)) {
    rest.unshift(...letters.map((letter) => `-${letter}`)); // -qv
    return;
  }
  const off = negated(typed!);
  const name = (letters.length === 1 ? findShortFlag(typed!) : undefined) ?? findFlag(typed!) ?? off;
  if (!name) {
    faults.push(unknownFlag(typed!));
    // A word right after an unknown flag was most likely its value; as an argument it would only cause a second error.
    if (value === undefined && rest[0] !== undefined && !rest[0].startsWith('-') && !findCommand(rest[0])) rest.shift();
    return;
  }
  if (flag(name).type === 'boolean') {
    const on = value === undefined ? true : readBoolean(value);
    if (on === undefined) faults.push(usage(`--${name} takes no value, but was given "${value}"`));
    else line.flags.push({ name, value: findFlag(typed!) || letters.length === 1 ? on : !on, typed: word });
    return;
  }
  // A flag where the value should be means that the value was forgotten; -1 and - are values.
  const forgotten = value === undefined && findFlag(/^--?([^=]+)/.exec(rest[0] ?? '')?.[1] ?? '') !== undefined;
  const text = forgotten ? undefined : (value ?? rest.shift());
  if (text === undefined) faults.push(usage(`--${name} needs a value: --${name} ${flag(name).value ?? 'VALUE'}`));
  else if (name === 'flagfile') rest.unshift(...readFlagFile(text));
  else line.flags.push({ name, value: text, typed: word });
}

const isSwitch = (letter: string) => {
  const name = findShortFlag(letter);
  return name !== undefined && flag(name).type === 'boolean';
};

/** The boolean flag that `noflag` or `no-flag` turns off. */
function negated(typed: string): FlagName | undefined {
  const positive = /^no[-_]?(.+)$/.exec(typed)?.[1];
  const name = positive === undefined ? undefined : findFlag(positive);
  return name && flag(name).type === 'boolean' ? name : undefined;
}

function readBoolean(value: string): boolean | undefined {
  if (/^(1|t|true|y|yes)$/i.test(value)) return true;
  return /^(0|f|false|n|no)$/i.test(value) ? false : undefined;
}

/** One flag a line, `#` starts a comment line. */
function readFlagFile(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SiameseError('usage', `--flagfile: cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function misplaced(line: CommandLine, command: CommandName): SiameseError[] {
  return withoutEffect(line)
    .filter((name) => !flag(name).caffe)
    .map((name) => {
      const { commands } = flag(name);
      const takers = commands === 'all' ? '' : commands.join(', ');
      return usage(`${command} has no flag --${name}`, `--${name} is for: ${takers}`);
    });
}

function unknownFlag(typed: string): SiameseError {
  const guess = nearest(typed.replaceAll('_', '-'), spellings());
  return usage(`unknown flag --${typed}`, guess ? `did you mean --${guess}?` : 'siamese help COMMAND lists the flags');
}

function spellings(): string[] {
  return flagNames.flatMap((name) => [name, ...(flag(name).aliases ?? [])]);
}

function unknownCommand(word: string): SiameseError {
  if (/\.(png|jpe?g)$/i.test(word)) return usage(`"${word}" is no command`, `did you mean: siamese match ${word}`);
  const guess = nearest(word, commandNames);
  return usage(
    `unknown command "${word}"`,
    guess ? `did you mean "${guess}"?` : `commands: ${commandNames.join(', ')}`,
  );
}

function usage(message: string, help?: string): SiameseError {
  return new SiameseError('usage', message, { help });
}
