/** Help pages, made from the tables: examples first, then usage and flags. */
import { type CommandName, command, commandNames } from './commands.js';
import { type FlagName, flag, flagNames, flagsOf } from './flags.js';
import type { Paint } from './terminal.js';

/** What bare `siamese` prints. */
export function mainHelp(paint: Paint, width = 100): string {
  const commands = commandNames.map((name) => [paint('bold', name), command(name).summary] as const);
  return [
    'siamese - train Siamese networks from Caffe prototxt files, and recognise images by them',
    '',
    ...examples(
      [
        ['siamese train --solver models/siamese_mnist/solver.prototxt', 'train; writes snapshots and centroids'],
        ['siamese test', 'accuracy of the newest snapshot'],
        ['siamese match models/siamese_mnist/images/seven.png', 'class of an image, or "unknown"'],
      ],
      paint,
    ),
    '',
    'Never used it? `siamese demo` does these three on MNIST.',
    '',
    'Commands:',
    ...table(commands, width),
    '',
    'siamese help COMMAND explains one. Flags are written -flag or --flag, value after a space or "=".',
    'Flags of all commands:',
    ...table(
      commonFlags().map((name) => [spelled(name), flagHelp(name)] as const),
      width,
    ),
  ].join('\n');
}

export function commandHelp(name: CommandName, paint: Paint, width = 100): string {
  const { summary, about, takes } = command(name);
  const own = flagsOf(name).filter((f) => flag(f).commands !== 'all');
  const lines = [
    `siamese ${name} - ${summary}`,
    '',
    ...examples(command(name).examples, paint),
    '',
    ...wrap(about, width),
  ];
  lines.push('', 'Usage:', ...usages(name, takes, own.length > 0).map((usage) => `  ${usage}`));
  if (own.length > 0)
    lines.push(
      '',
      'Flags:',
      ...table(
        own.map((f) => [spelled(f), flagHelp(f, name)] as const),
        width,
      ),
    );
  lines.push(
    '',
    'Flags of all commands:',
    `  ${commonFlags()
      .map((f) => `--${f}`)
      .join(' ')}`,
  );
  return lines.join('\n');
}

/** Flags that every command takes, those for old scripts last. */
export function commonFlags(): FlagName[] {
  return flagNames.filter((name) => flag(name).commands === 'all');
}

/** `-o, --output FILE`, as help and documentation show a flag. */
export function spelled(name: FlagName): string {
  const { type, short, value, choices, default: standard } = flag(name);
  const long = type === 'boolean' && standard === true ? `--no-${name}` : `--${name}`;
  const shown = choices ? choices.join('|') : value;
  const letter = short && short !== name ? `-${short}, ` : '';
  return short === name ? `-${name} ${shown ?? ''}`.trim() : `${letter}${long}${shown ? ` ${shown}` : ''}`;
}

/** The help text, with the default where it says something. */
export function flagHelp(name: FlagName, on?: CommandName): string {
  const { help, helpFor, default: standard, type } = flag(name);
  const text = (on && helpFor?.[on]) ?? help;
  return standard === undefined || type === 'boolean' ? text : `${text} (default ${standard})`;
}

export function usages(name: CommandName, takes: string | undefined, flags: boolean): string[] {
  const tail = flags ? ' [FLAGS]' : '';
  return (takes ?? '').split(' | ').map((words) => `siamese ${name}${words ? ` ${words}` : ''}${tail}`);
}

function examples(list: readonly (readonly [string, string])[], paint: Paint): string[] {
  return list.flatMap(([line, what]) => [`  ${paint('dim', `# ${what}`)}`, `  ${paint('cyan', line)}`]);
}

/** Two columns; the right one wraps. The escape codes of colours count nothing. */
function table(rows: readonly (readonly [string, string])[], width: number): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes begin with one
  const visible = (text: string) => text.replace(/\x1b\[\d+m/g, '').length;
  const left = Math.min(34, Math.max(...rows.map(([key]) => visible(key))) + 2);
  return rows.flatMap(([key, text]) => {
    const lines = wrap(text, Math.max(30, width - left - 2));
    const lead = visible(key) + 2 > left ? [`  ${key}`] : [];
    return [
      ...lead,
      ...lines.map((line, i) => {
        const shown = i === 0 && lead.length === 0 ? key + ' '.repeat(left - visible(key)) : ' '.repeat(left);
        return `  ${shown}${line}`;
      }),
    ];
  });
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] === '') lines[last] = word;
    else if (lines[last]!.length + 1 + word.length <= width) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}
