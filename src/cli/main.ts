/** Entry of the program: reads the command line, loads that one command, turns its outcome into an exit code. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../package-root.js';
import type { Call } from './call.js';
import { findCommand } from './commands.js';
import { type CommandLine, normalize, withoutEffect } from './normalize.js';
import { standardOutput } from './standard-streams.js';
import { Terminal } from './terminal.js';

/** Everything that costs time to load is required where it is needed: `--version` loads two small tables. */
export async function main(argv: readonly string[]): Promise<void> {
  let terminal = new Terminal({ color: 'auto', quiet: false, verbose: false, json: argv.includes('--json') });
  const failed = (error: unknown) => process.exit(fail(error, terminal));
  process.on('uncaughtException', failed).on('unhandledRejection', failed);
  try {
    const line = normalize(argv.slice(2));
    terminal = terminalFor(line);
    process.exitCode = await run(line, terminal);
  } catch (error) {
    terminal.keepBelow(undefined);
    process.exitCode = fail(error, terminal);
  }
  // Commands close their engines and databases; whatever else is open must not keep a finished process alive.
  process.exit();
}

async function run(line: CommandLine, terminal: Terminal): Promise<number> {
  const { command } = line;
  const asked = (name: string) => line.flags.some((flag) => flag.name === name && flag.value !== false);
  if (asked('version')) {
    const { version } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8'));
    if (terminal.json) terminal.outJson('siamese.version/1', { version });
    else terminal.out(`siamese ${version}`);
    return 0;
  }
  if (command === undefined || command === 'help' || asked('help')) {
    const { commandHelp, mainHelp } = require('./help.js') as typeof import('./help.js');
    const topic = command === 'help' ? helpTopic(line) : command;
    const width = Math.min(standardOutput.columns ?? 100, 110);
    terminal.out(
      topic && topic !== 'help' ? commandHelp(topic, terminal.paint, width) : mainHelp(terminal.paint, width),
    );
    return 0;
  }
  const { parseFlags } = require('./parse.js') as typeof import('./parse.js');
  const { values, given, args } = parseFlags({ ...line, command });
  for (const name of withoutEffect(line)) terminal.talk(`note: --${name} has no effect on ${command}`);
  const call: Call = { command, flags: values, given, args, terminal };
  const module = require(`./commands/${command.replaceAll('_', '-')}.js`) as { run(call: Call): Promise<number> };
  return module.run(call);
}

function helpTopic(line: CommandLine) {
  const word = line.args[0];
  return word === undefined ? undefined : (findCommand(word) ?? normalize([word]).command);
}

function terminalFor(line: CommandLine): Terminal {
  const last = (name: string) => line.flags.findLast((flag) => flag.name === name)?.value;
  const color = String(last('color') ?? 'auto').toLowerCase();
  return new Terminal({
    color: color === 'always' || color === 'never' ? color : 'auto',
    quiet: last('quiet') === true,
    verbose: last('verbose') === true,
    json: last('json') === true || last('jsonl') === true,
  });
}

function fail(error: unknown, terminal: Terminal): number {
  terminal.keepBelow(undefined);
  const { reportFailure } = require('./failure.js') as typeof import('./failure.js');
  return reportFailure(error, terminal);
}
