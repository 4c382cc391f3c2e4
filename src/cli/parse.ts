/** Turns a normalized command line into typed flag values, through a commander program made from the tables. */
import type { Option } from 'commander';
import { SiameseError } from '../errors.js';
import type { CommandName } from './commands.js';
import { type Flag, type FlagName, type FlagValues, flag, flagNames } from './flags.js';
import type { CommandLine } from './normalize.js';

export interface Parsed {
  values: FlagValues;
  /** Flags that were on the command line, defaults not counted. */
  given: ReadonlySet<FlagName>;
  args: string[];
}

export function parseFlags(line: CommandLine & { command: CommandName }): Parsed {
  const given = new Set(line.flags.map(({ name }) => name));
  const values = Object.fromEntries(flagNames.map((name) => [name, flag(name).default]));
  // Only the flags that are there: telling commander of all others takes it longer than `match` takes to match.
  if (given.size > 0) Object.assign(values, readFlags(line, given));
  return { values: values as unknown as FlagValues, given, args: [...line.args] };
}

function readFlags({ command, flags }: CommandLine, given: ReadonlySet<FlagName>): Record<string, unknown> {
  const { Option, Command: Program } = require('commander') as typeof import('commander');
  const faults: SiameseError[] = [];
  const program = new Program(command).helpOption(false);
  const options = new Map<FlagName, Option>();
  for (const name of given) {
    const facts = flag(name);
    const option = new Option(facts.type === 'boolean' ? `--${name}` : `--${name} <value>`);
    program.addOption(facts.type === 'boolean' ? option : option.argParser(reader(name, facts, faults)));
    if (facts.type === 'boolean') program.addOption(new Option(`--no-${name}`));
    options.set(name, option);
  }
  const words = flags.map(({ name, value }) => {
    if (typeof value === 'boolean') return value ? `--${name}` : `--no-${name}`;
    return `--${name}=${value}`;
  });
  program.parse(words, { from: 'user' });
  if (faults.length > 0)
    throw new SiameseError('usage', faults[0]!.message, { help: faults[0]!.help }, faults.slice(1));
  return Object.fromEntries(
    [...options].map(([name, option]) => [name, program.getOptionValue(option.attributeName())]),
  );
}

function reader(name: FlagName, facts: Flag, faults: SiameseError[]): (text: string) => unknown {
  return (text) => {
    const value = readValue(facts, text);
    if (value === undefined) faults.push(new SiameseError('usage', `--${name} takes ${wanted(facts)}, not "${text}"`));
    return value;
  };
}

function readValue(facts: Flag, text: string): string | number | string[] | undefined {
  switch (facts.type) {
    case 'integer':
    case 'number': {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      const fits = value >= (facts.min ?? -Infinity) && value <= (facts.max ?? Infinity);
      return fits && (facts.type === 'number' ? Number.isFinite(value) : Number.isSafeInteger(value))
        ? value
        : undefined;
    }
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'choice':
      return facts.choices!.find((choice) => choice.toLowerCase() === text.toLowerCase());
    default:
      return text === '' ? undefined : text;
  }
}

function wanted({ type, choices, min, max }: Flag): string {
  if (choices) return `one of ${choices.join(', ')}`;
  if (type === 'string') return 'a value that is not empty';
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  return min === undefined ? kind : `${kind}, ${min} or more`;
}
