/** docs/cli.md, made from the tables of commands, flags and exit codes. */
import { type ErrorCode, EXIT_CODES } from '../errors.js';
import { type CommandName, command, commandNames } from './commands.js';
import { type FlagName, flag, flagsOf } from './flags.js';
import { commonFlags, flagHelp, spelled, usages } from './help.js';

/** Who meets each exit code. 0 and 1 are answers, the others are errors. */
const MEANINGS: Readonly<Record<ErrorCode, string>> = {
  usage: 'the command line: an unknown flag, a missing value, flags that exclude each other',
  input: 'a prototxt, snapshot, centroid file or image that cannot be used, or that does not fit the others',
  data: 'a data set that is missing, truncated or corrupt, or whose labels or sizes do not fit the net',
  diverged: 'training diverged: a loss is no longer a number',
  device: 'the engine cannot run: not built, no GPU where one was asked for, out of memory',
  io: 'a file that cannot be written: full disk, no permission',
  internal: 'a defect of siamese; please report it with the output of --verbose',
};

export function cliMarkdown(): string {
  return `${[
    '# The command line',
    '',
    '<!-- Made by scripts/generate-cli-docs.js from src/cli/flags.ts and src/cli/commands.ts; change those. -->',
    '',
    'Results go to standard output, talk goes to standard error. With `--json` the result is one JSON object whose',
    '`schema` names its form and version, as in `"siamese.match/1"`; an error then is one too (`"siamese.error/1"`).',
    'Flags are written `-flag value`, `-flag=value`, `--flag value` or `--flag=value`, with dashes or underscores; `--noflag`',
    'and `--no-flag` turn a switch off. Where Caffe has a flag of that name it means the same here. `--` ends the flags.',
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    '| 0 | success |',
    '| 1 | `match`: no image was accepted; `test`: the accuracy is below `--min-accuracy` |',
    ...(Object.keys(EXIT_CODES) as ErrorCode[]).map((code) => `| ${EXIT_CODES[code]} | ${MEANINGS[code]} |`),
    '| 130, 143 | ended by a signal: a second Ctrl-C, or SIGTERM |',
    '',
    '## Flags of all commands',
    '',
    ...flagTable(commonFlags()),
    ...commandNames.filter((name) => name !== 'help').flatMap(commandSection),
  ].join('\n')}\n`;
}

function commandSection(name: CommandName): string[] {
  const { summary, about, takes, examples, schemas } = command(name);
  const own = flagsOf(name).filter((f) => flag(f).commands !== 'all');
  return [
    '',
    `## siamese ${name}`,
    '',
    `${summary[0]!.toUpperCase()}${summary.slice(1)}. ${about}`,
    '',
    '```',
    ...usages(name, takes, own.length > 0),
    '',
    ...examples.flatMap(([line, what]) => [`# ${what}`, line]),
    '```',
    ...(own.length > 0 ? ['', ...flagTable(own, name)] : []),
    ...(schemas ? ['', `\`--json\`: ${schemas.map((schema) => `\`${schema}\``).join(', ')}.`] : []),
  ];
}

function flagTable(names: readonly FlagName[], on?: CommandName): string[] {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  return [
    '| flag | |',
    '|---|---|',
    ...names.map((name) => `| \`${cell(spelled(name))}\` | ${cell(flagHelp(name, on))} |`),
  ];
}
