/** Turns a normalized command line into typed flag values, through a commander program made from the tables. */
import { Option, Command as Program } from 'commander';
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
  const faults: SiameseError[] = [];
  const program = new Program(line.command).helpOption(false).allowExcessArguments().argument('[args...]');
  const options = new Map<FlagName, Option>();
  for (const name of flagNames) {
    for (const option of makeOptions(name, faults)) {
      program.addOption(option);
      if (!option.negate) options.set(name, option);
    }
  }
  const words = line.flags.map(({ name, value }) => {
    if (typeof value === 'boolean') return value ? `--${name}` : `--no-${name}`;
    return `--${name}=${value}`;
  });
  program.parse([...words, '--', ...line.args], { from: 'user' });
  if (faults.length > 0)
    throw new SiameseError('usage', faults[0]!.message, { help: faults[0]!.help }, faults.slice(1));
  const values: Record<string, unknown> = {};
  for (const [name, option] of options) values[name] = program.getOptionValue(option.attributeName());
  return {
    values: values as FlagValues,
    given: new Set(line.flags.map(({ name }) => name)),
    args: program.args,
  };
}

function makeOptions(name: FlagName, faults: SiameseError[]): Option[] {
  const facts = flag(name);
  const option = new Option(facts.type === 'boolean' ? `--${name}` : `--${name} <value>`);
  if (facts.default !== undefined) option.default(facts.default);
  if (facts.type === 'boolean') return [option, new Option(`--no-${name}`)];
  return [
    option.argParser((text: string) => {
      const value = readValue(facts, text);
      if (value === undefined)
        faults.push(new SiameseError('usage', `--${name} takes ${wanted(facts)}, not "${text}"`));
      return value;
    }),
  ];
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
