/** The tables of commands and flags are sound, and help and docs/cli.md are made from them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { command, commandNames } from '../../src/cli/commands';
import { cliMarkdown } from '../../src/cli/docs';
import { findFlag, flag, flagNames, flagsOf } from '../../src/cli/flags';
import { commandHelp, mainHelp, usages } from '../../src/cli/help';
import { normalize } from '../../src/cli/normalize';
import { parseFlags } from '../../src/cli/parse';
import { EXIT_CODES } from '../../src/errors';

const plain = (_: unknown, text: string) => text;

test('names, aliases and letters are unique', () => {
  const names = flagNames.flatMap((name) => [name, ...(flag(name).aliases ?? [])]).map((n) => n.replaceAll('_', '-'));
  expect(new Set(names).size).toBe(names.length);
  const letters = flagNames.map((name) => flag(name).short).filter(Boolean);
  expect(new Set(letters).size).toBe(letters.length);
  for (const name of flagNames) expect(findFlag(name)).toBe(name);
});

test('a flag named no... would be ambiguous', () => {
  expect(flagNames.filter((name) => name.startsWith('no'))).toEqual([]);
});

test('every flag of a command is in its help, every command in the main help', () => {
  for (const name of commandNames) {
    expect(mainHelp(plain)).toContain(`  ${name} `);
    for (const f of flagsOf(name)) {
      if (flag(f).commands !== 'all') expect(commandHelp(name, plain)).toMatch(new RegExp(`-(no-)?${f}\\b`));
    }
  }
});

test('every example parses', () => {
  for (const name of commandNames) {
    for (const [line] of command(name).examples) {
      const words = line.slice(line.lastIndexOf('siamese ')).replaceAll("'", '').split(' ').slice(1);
      const parsed = normalize(words);
      expect(parsed.command).toBe(name);
      expect(() => parseFlags({ ...parsed, command: name })).not.toThrow();
    }
  }
});

test('every line of a usage is whole: its brackets are closed', () => {
  for (const name of commandNames) {
    for (const line of usages(name, command(name).takes, true)) {
      expect(line.replaceAll(/\[[^[\]]*\]/g, '')).not.toMatch(/[[\]]/);
    }
  }
});

test('help comes with examples before the flags, and fits the width', () => {
  const help = commandHelp('train', plain, 80);
  expect(help.indexOf('siamese train --solver')).toBeLessThan(help.indexOf('Flags:'));
  const long = help.split('\n').filter((line) => line.length > 80);
  expect(long.filter((line) => line.includes('  '.repeat(10)))).toEqual([]);
});

test('docs/cli.md is current (node scripts/generate-cli-docs.js after npx tsc)', () => {
  expect(readFileSync(path.join(__dirname, '..', '..', 'docs', 'cli.md'), 'utf8')).toBe(cliMarkdown());
});

test('every form of JSON that the sources print is in the table', () => {
  const folder = path.join(__dirname, '..', '..', 'src', 'cli');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const printed = files.flatMap((file) => {
    return [...readFileSync(path.join(folder, file), 'utf8').matchAll(/outJson\('([^']+)'/g)].map(
      ([, schema]) => schema!,
    );
  });
  const listed = commandNames.flatMap((name) => command(name).schemas ?? []);
  const general = ['siamese.error/1', 'siamese.version/1'];
  expect([...new Set(printed)].sort()).toEqual([...listed, ...general].sort());
});

test('every exit code is documented', () => {
  for (const code of Object.values(EXIT_CODES)) expect(cliMarkdown()).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
});
